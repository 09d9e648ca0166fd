// A stream through bad networks, with and without adaptation, for clients with and without reference invalidation:
// what arrives, what parity brings back, what freezes. Prints a Markdown table.
//
//   node test/bench/loss.ts [WORDS OF A SCENARIO'S NAME …]
//
// EARTHSHINE_LOSS_SECONDS: of each run, 60 by default. EARTHSHINE_LOSS_CLIENTS: invalidating, asking, or all.
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicNow } from '../../server/src/client/clock.ts';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import { portsFrom } from '../../server/src/gamestream/ports.ts';
import { SCENARIOS, type Scenario } from './loss/scenarios.ts';
import { outcomeOf, type Outcome } from './loss/outcome.ts';
import { BenchDesktop } from './support/bench-desktop.ts';
import { sayGoal, sayProgress } from './support/goal-line.ts';
import { Link } from '../e2e/support/link.ts';
import { Recording } from './support/recording.ts';

const SECONDS = Number(process.env['EARTHSHINE_LOSS_SECONDS'] ?? 60);
/** whether a client announces reference invalidation */
const CLIENTS = { invalidating: [true], asking: [false], all: [true, false] }[
  process.env['EARTHSHINE_LOSS_CLIENTS'] ?? 'all'
];
if (!CLIENTS) throw new Error('EARTHSHINE_LOSS_CLIENTS is invalidating, asking or all.');
const MODE = { width: 1280, height: 720, fps: 60, bitrateKbps: 10_000 };

const COLUMNS = [
  'network',
  'adapts',
  'client',
  'delivered',
  'parity restored',
  'keyframes',
  'invalidations',
  'longest freeze',
  'frozen',
  'encoded at the end',
  'least bitrate',
];

const words = process.argv.slice(2);
const chosen = SCENARIOS.filter(({ name }) => words.every((word) => name.includes(word)));
const desktop = await BenchDesktop.open({ width: MODE.width, height: MODE.height });
try {
  const clients = { on: await deviceThat('on'), off: await deviceThat('off') };
  console.log(`| ${COLUMNS.join(' | ')} |\n|${'---|'.repeat(COLUMNS.length)}`);
  for (const scenario of chosen) {
    for (const adaptive of ['on', 'off'] as const) {
      for (const invalidation of CLIENTS) {
        sayProgress(`${scenario.name}, adaptation ${adaptive}, ${SECONDS} s`);
        const { outcome, leastTarget } = await run(scenario, clients[adaptive], invalidation);
        console.log(row(scenario, adaptive, invalidation, outcome, leastTarget));
        if (scenario.name === '2 % at random' && adaptive === 'on') judge(invalidation, outcome);
      }
    }
  }
} finally {
  await desktop.close();
}

async function deviceThat(adaptive: 'on' | 'off'): Promise<GameStreamClient> {
  const client = await desktop.host.pairedClient();
  const { fingerprint } = client.identity.certificate;
  await desktop.host.ctl('clients', 'set', fingerprint, '--adaptive', adaptive);
  return client;
}

async function run(
  scenario: Scenario,
  client: GameStreamClient,
  invalidation: boolean,
): Promise<{ readonly outcome: Outcome; readonly leastTarget: number | undefined }> {
  const link = await Link.open(portsFrom(desktop.host.base).video, scenario.link);
  try {
    const stream = await client.stream(desktop.app, {
      ...MODE,
      bitrateKbps: scenario.bitrateKbps ?? MODE.bitrateKbps,
      invalidation,
      videoPort: link.port,
    });
    const startedAt = monotonicNow();
    const recording = new Recording(stream);
    const end = performance.now() + SECONDS * 1000;
    const targets: number[] = [];
    let stallAt = scenario.stall ? performance.now() + scenario.stall.every / 2 : Infinity;
    while (performance.now() < end) {
      await sleep(250);
      const adaptation = (await desktop.sessions())[0]?.adaptation;
      if (adaptation) targets.push(adaptation.targetKbps);
      if (scenario.stall && performance.now() >= stallAt) {
        stallAt += scenario.stall.every;
        standStill(scenario.stall.milliseconds);
      }
    }
    const endedAt = monotonicNow();
    await stream.close();
    await client.cancel();
    return {
      outcome: await outcomeOf(recording, startedAt, endedAt, await link.counters()),
      leastTarget: targets.length > 0 ? Math.min(...targets) : undefined,
    };
  } finally {
    await link.close();
  }
}

/** Every thread of this process, the receiver's and the link's too, does nothing for so long, as on a device that hangs. */
function standStill(milliseconds: number): void {
  const alarm = `kill -STOP ${process.pid}; sleep ${milliseconds / 1000}; kill -CONT ${process.pid}`;
  execFileSync('/bin/sh', ['-c', alarm]);
}

function row(
  scenario: Scenario,
  adaptive: string,
  invalidation: boolean,
  outcome: Outcome,
  leastTarget: number | undefined,
): string {
  const share = ((outcome.delivered / outcome.sent) * 100).toFixed(2);
  const unclean = outcome.unclean > 0 ? `, ${outcome.unclean} unclean` : '';
  const cells = [
    scenario.name,
    adaptive,
    invalidation ? 'invalidates' : 'asks for keyframes',
    `${share} % of ${outcome.sent}${unclean}`,
    `${outcome.recoveredShards} packets of ${outcome.link.lost} lost`,
    outcome.keyframes,
    invalidation ? outcome.invalidations : '',
    `${outcome.longestFreeze.toFixed(0)} ms`,
    `${(outcome.frozen / 1000).toFixed(1)} s`,
    `${(outcome.kbps / 1000).toFixed(1)} Mbit/s`,
    ...(leastTarget === undefined ? [''] : [`${(leastTarget / 1000).toFixed(1)} Mbit/s`]),
  ];
  return `| ${cells.join(' | ')} |`;
}

function judge(invalidation: boolean, outcome: Outcome): void {
  const share = outcome.delivered / outcome.sent;
  const client = invalidation ? 'client that invalidates' : 'client that asks for keyframes';
  sayGoal(
    'loss',
    `2 % loss at random with adaptation, ${client}`,
    `${(share * 100).toFixed(2)} % delivered, ${outcome.keyframes} keyframes`,
    invalidation ? '≥ 99.9 %, no keyframe' : '≥ 99.9 %',
    share >= 0.999 && (!invalidation || outcome.keyframes === 0),
  );
}
