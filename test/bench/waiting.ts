// What a host costs that nobody is connected to, and how soon it is there: the one executable of a package, with an empty
// network and neither desktop nor sound.
//
//   node test/bench/waiting.ts PROGRAM
//
// EARTHSHINE_BENCH_SECONDS: how long it is watched, 60 by default.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { portsFrom } from '../../server/src/gamestream/ports.ts';
import { freeBasePort } from '../e2e/support/free-ports.ts';
import { percentile } from '../e2e/support/measures.ts';
import { sayGoal, sayProgress } from './support/goal-line.ts';
import { cores, cpuByThread, hostCpu, hostUse } from './support/host-use.ts';

const SECONDS = Number(process.env['EARTHSHINE_BENCH_SECONDS'] ?? 60);
const STARTS = 10;
/** Milliseconds after which a host that nobody uses has settled. */
const SETTLED = 10_000;
const LIMIT = 60_000;

const [program = ''] = process.argv.slice(2);
const data = mkdtempSync(path.join(os.tmpdir(), 'earthshine-waiting-'));
const base = await freeBasePort();
const { http: port } = portsFrom(base);

/** @returns milliseconds from exec to the first answer */
async function start(): Promise<{ host: ChildProcess; milliseconds: number }> {
  const began = performance.now();
  const words = ['serve', '--data', data, '--base-port', `${base}`, '--admin-port', `${base + 1}`];
  const host = spawn(path.resolve(program), words, { stdio: 'ignore' });
  while (!(await answers())) {
    if (host.exitCode !== null || performance.now() - began > LIMIT) {
      throw new Error(`${program} does not answer (exit ${host.exitCode}).`);
    }
    await sleep(1);
  }
  return { host, milliseconds: performance.now() - began };
}

function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    http
      .get({ host: '127.0.0.1', port, path: '/serverinfo', agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      })
      .on('error', () => resolve(false));
  });
}

async function stop(host: ChildProcess): Promise<void> {
  const ended = once(host, 'exit');
  host.kill();
  await ended;
}

try {
  sayProgress('the first start, which tries the encoders');
  const first = await start();
  await stop(first.host);
  sayProgress(`first start: ${first.milliseconds.toFixed(0)} ms`);
  const times: number[] = [];
  for (let i = 0; i < STARTS; i += 1) {
    const { host, milliseconds } = await start();
    times.push(milliseconds);
    await stop(host);
  }
  const p50 = percentile(times, 0.5);
  const range = `${Math.min(...times).toFixed(0)}–${Math.max(...times).toFixed(0)}`;
  sayGoal(
    'waiting',
    `exec → serverinfo, median of ${STARTS}`,
    `${p50.toFixed(0)} ms (${range})`,
    '≤ 300 ms',
    p50 <= 300,
  );

  const { host } = await start();
  await sleep(SETTLED);
  sayProgress(`waiting for nobody, ${SECONDS} s`);
  const threads = cpuByThread(host.pid!);
  const before = hostCpu(host.pid!);
  await sleep(SECONDS * 1000);
  const share = cores(before, hostCpu(host.pid!)) * 100;
  const { rss, pss, pids } = hostUse(host.pid!);
  for (const [name, seconds] of cpuByThread(host.pid!)) {
    const spent = (seconds - (threads.get(name) ?? 0)) * 1000;
    if (spent >= 1) sayProgress(`${name}: ${spent.toFixed(0)} ms`);
  }
  sayGoal(
    'waiting',
    `CPU of a host that waits, ${pids.length} process${pids.length === 1 ? '' : 'es'}`,
    `${share.toFixed(2)} % of a core`,
    '≤ 0.2 %',
    share <= 0.2,
  );
  sayGoal(
    'waiting',
    'memory of it',
    `RSS ${rss.toFixed(0)} MB (PSS ${pss.toFixed(0)})`,
    'RSS ≤ 100 MB',
    rss <= 100,
  );
  await stop(host);
} finally {
  rmSync(data, { recursive: true, force: true });
}
