// What a picture costs that comes through PipeWire, beside the X11 source on the same moving content.
//
//   node test/bench/displays.ts
//
// EARTHSHINE_BENCH_SECONDS: how long each stream is measured in all, 20 by default; the two take turns, so that a machine
// that gets slower or faster meanwhile does so for both.
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../e2e/support/measures.ts';
import { MODE_720, SECONDS } from './host/modes.ts';
import { BenchDesktop } from './support/bench-desktop.ts';
import { GamescopeDesktop } from './support/gamescope-desktop.ts';
import { sayGoal, sayProgress } from './support/goal-line.ts';
import { frameRate, hostCores, watch, type Watching } from './support/watching.ts';

const TURNS = 4;
const { width, height } = MODE_720;

/** One side of the comparison: what it draws is stopped while the other one is measured. */
interface Side {
  readonly name: string;
  readonly desktop: Pick<BenchDesktop, 'client' | 'app' | 'pid'>;
  togglePause(): void;
  readonly cores: number[];
  readonly latencies: number[];
  readonly rates: number[];
}

sayProgress(`the X11 source and a PipeWire producer at 60 fps, ${SECONDS} s of each at 720p60`);
const x11 = await BenchDesktop.open({ width, height });
try {
  const pipewire = await GamescopeDesktop.open(width, height);
  try {
    await compare(
      side('X11', x11, () => x11.pattern.togglePause()),
      side('PipeWire', pipewire, () => pipewire.togglePause()),
    );
  } finally {
    await pipewire.close();
  }
} finally {
  await x11.close();
}

function side(name: string, desktop: Side['desktop'], togglePause: () => void): Side {
  return { name, desktop, togglePause, cores: [], latencies: [], rates: [] };
}

async function compare(first: Side, second: Side): Promise<void> {
  second.togglePause();
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [one, other] of [
      [first, second],
      [second, first],
    ] as const) {
      if (turn > 0 || one === second) {
        other.togglePause();
        one.togglePause();
      }
      await measure(one, SECONDS / TURNS);
    }
  }
  const [cpu, latency] = [
    [median(second.cores), median(first.cores)],
    [median(second.latencies), median(first.latencies)],
  ] as const;
  const rates = `${median(second.rates).toFixed(1)} of ${median(first.rates).toFixed(1)} fps`;
  sayRatio('host CPU, PipeWire beside X11, 720p60 full motion', cpu, 'cores', 1.1, `, ${rates}`);
  sayRatio('host latency p50, PipeWire beside X11, 720p60', latency, 'ms', 1.15);
  await sayStill(second);
}

const median = (values: readonly number[]): number => percentile([...values], 0.5);

function sayRatio(
  what: string,
  [value, beside]: readonly [number, number],
  unit: string,
  limit: number,
  more = '',
): void {
  const ratio = value / beside;
  const figure = `${value.toFixed(3)} of ${beside.toFixed(3)} ${unit}, ${ratio.toFixed(2)} ×${more}`;
  sayGoal('displays', what, figure, `≤ ${limit.toFixed(2)} ×`, ratio <= limit);
}

async function watching<T>(one: Side, work: (watched: Watching) => Promise<T>): Promise<T> {
  const watched = await watch(one.desktop, MODE_720);
  try {
    return await work(watched);
  } finally {
    await watched.stream.close();
    await one.desktop.client.cancel();
  }
}

async function measure(one: Side, seconds: number): Promise<void> {
  await watching(one, async (watched) => {
    const cores = await hostCores(one.desktop, seconds);
    const until = watched.recording.frames.at(-1)?.completedAt ?? watched.settledAt;
    const latency = percentile([...watched.recording.hostLatencies(watched.settledAt)], 0.5);
    const rate = frameRate(watched, watched.settledAt, until);
    sayProgress(
      `${one.name}: ${cores.toFixed(3)} cores, ${latency.toFixed(2)} ms, ${rate.toFixed(1)} fps`,
    );
    one.cores.push(cores);
    one.latencies.push(latency);
    one.rates.push(rate);
  });
}

/** From two seconds after its last change on. */
async function sayStill(one: Side): Promise<void> {
  await watching(one, async () => {
    one.togglePause();
    await sleep(2000);
    const cores = await hostCores(one.desktop, SECONDS / 2);
    const figure = `${cores.toFixed(3)} cores`;
    sayGoal('displays', 'host CPU, still desktop, PipeWire', figure, '≤ 0.10 core', cores <= 0.1);
  });
}
