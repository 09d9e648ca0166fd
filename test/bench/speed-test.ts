// The speed test over a pair of virtual interfaces: the host in one network namespace, `earthshine probe` in another,
// 3 Gbit/s asked. Both ends and the wire between them share this machine's processors.
//
//   node test/bench/speed-test.ts        as root, after scripts/build
//
// EARTHSHINE_BENCH_SPEED: Mbit/s to ask, 3000 by default.
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ProbeJson } from '../../server/src/probe/report.ts';
import { TestProcess } from '../e2e/support/processes.ts';
import { sayGoal, sayProgress } from './support/goal-line.ts';

const MBIT = Number(process.env['EARTHSHINE_BENCH_SPEED'] ?? 3000);
const LEAST_GBIT = 3;
const MOST_LOSS = 0.0001;
const GOAL = 'speed';
const WHAT = `veth, ${MBIT / 1000} Gbit/s asked`;
const TARGET = `≥ ${LEAST_GBIT}, ≤ ${MOST_LOSS * 100} %`;
const PROGRAM = path.resolve(import.meta.dirname, '../../build/earthshine.cjs');
const BASE_PORT = 47_989;
/** documentation addresses are public ones to a host; these are private */
const HOST_ADDRESS = '10.213.71.1';
const PROBE_ADDRESS = '10.213.71.2';
const run = promisify(execFile);

const names = { host: `es-host-${process.pid}`, probe: `es-probe-${process.pid}` };
const folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-speed-'));
const data = path.join(folder, 'host');
const identity = path.join(folder, 'probe');

if (process.getuid?.() !== 0) {
  sayGoal(GOAL, WHAT, '-', TARGET, { absent: 'network namespaces need root' });
} else {
  const open: TestProcess[] = [];
  try {
    await makeNamespaces();
    const host = inside('host', 'serve', '--data', data, '--name', 'speed', '--log-level', 'warn');
    open.push(host);
    await host.says(/is ready for Moonlight/, 30_000);
    await pair(open);
    await ctl('clients', 'set', 'Probe', '--speed-test', 'on');
    sayProgress(`speed test, ${MBIT} Mbit/s asked, 10 s`);
    judge(await measure(open));
  } finally {
    await Promise.all(open.map((one) => one.close()));
    for (const name of Object.values(names))
      await run('ip', ['netns', 'delete', name]).catch(() => 0);
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeNamespaces(): Promise<void> {
  const ip = (line: string) => run('ip', line.split(' '));
  const { host, probe } = names;
  await ip(`netns add ${host}`);
  await ip(`netns add ${probe}`);
  await ip(`link add name wire netns ${host} type veth peer name wire netns ${probe}`);
  for (const [name, address] of [
    [host, HOST_ADDRESS],
    [probe, PROBE_ADDRESS],
  ] as const) {
    await ip(`-n ${name} address add ${address}/24 dev wire`);
    await ip(`-n ${name} link set wire up`);
    // The host tries segmentation offload over loopback before it uses it.
    await ip(`-n ${name} link set lo up`);
  }
}

function inside(where: keyof typeof names, ...words: string[]): TestProcess {
  return new TestProcess(where, 'ip', [
    'netns',
    'exec',
    names[where],
    process.execPath,
    PROGRAM,
    ...words,
  ]);
}

function probe(...words: string[]): TestProcess {
  return inside('probe', 'probe', `${HOST_ADDRESS}:${BASE_PORT}`, '--identity', identity, ...words);
}

/** The owner's socket lies in the file system, which both namespaces share. */
async function ctl(...words: string[]): Promise<void> {
  await run(process.execPath, [PROGRAM, 'ctl', ...words, '--data', data]);
}

/** A second of streaming, for which the probe pairs. */
async function pair(open: TestProcess[]): Promise<void> {
  const first = probe('--seconds', '1');
  open.push(first);
  const [, pin] = await first.says(/--pin (\d{4})/, 20_000);
  await ctl('pair', 'answer', '--pin', pin!, '--name', 'Probe');
  await first.says(/Throughput/, 30_000);
}

async function measure(open: TestProcess[]): Promise<ProbeJson> {
  const measuring = probe('--speed-test', String(MBIT), '--json');
  open.push(measuring);
  const [json] = await measuring.says(/^\{[^]*^\}$/m, 40_000);
  return JSON.parse(json) as ProbeJson;
}

function judge(report: ProbeJson): void {
  const held = report.speedTest?.held;
  if (!held) throw new Error(`nothing was held: ${JSON.stringify(report)}`);
  const gigabits = held.receivedKbps / 1e6;
  const loss = held.packets > 0 ? held.lostPackets / held.packets : 1;
  sayGoal(
    GOAL,
    WHAT,
    `${gigabits.toFixed(2)} Gbit/s, ${(loss * 100).toFixed(3)} % lost`,
    TARGET,
    // What is asked is the cap, which is never exceeded: a packet short of it is as much.
    Number(gigabits.toFixed(2)) >= LEAST_GBIT && loss <= MOST_LOSS,
  );
}
