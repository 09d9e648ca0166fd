// The whole host beside the figures of the leading one (goals 14–20): CPU, latency, picture, system calls, memory.
//
//   node test/bench/host.ts [motion] [still] [high-rate] [two-viewers] [neighbour] [memory]
//
// A subject may begin with two dashes.
//
// EARTHSHINE_BENCH_SECONDS: how long each stream is measured, 20 by default.
import { loadavg } from 'node:os';
import { sayProgress } from './support/goal-line.ts';
import { measureHighRate } from './host/high-rate.ts';
import { measureMemory } from './host/memory.ts';
import { measureMotion } from './host/motion.ts';
import { measureNeighbour } from './host/neighbour.ts';
import { measureStill } from './host/still.ts';
import { measureTwoViewers } from './host/two-viewers.ts';

const SUBJECTS: Readonly<Record<string, () => Promise<void>>> = {
  motion: measureMotion,
  still: measureStill,
  'high-rate': measureHighRate,
  'two-viewers': measureTwoViewers,
  neighbour: measureNeighbour,
  memory: measureMemory,
};

const wanted = process.argv.slice(2).map((word) => word.replace(/^--/, ''));
const load = loadavg()[0]!;
if (load > 0.5) {
  sayProgress(`the machine is busy already (load ${load.toFixed(1)}): figures come out too high`);
}
for (const name of wanted.length > 0 ? wanted : Object.keys(SUBJECTS)) {
  const measure = SUBJECTS[name];
  if (!measure) throw new Error(`There is no "${name}" among ${Object.keys(SUBJECTS).join(', ')}.`);
  await measure();
}
