import { sheet, table } from '../terminal/table.ts';
import { percent } from './assessment.ts';
import type { Assessment } from './assessment.ts';
import type { SpeedFigures, SpeedStep } from './speed-figures.ts';
import type { Spread } from './spread.ts';
import type { StreamFigures } from './stream-figures.ts';

/** The figures of a stream and what follows from them, for a person. */
export function presentStream(figures: StreamFigures, assessment: Assessment): string {
  const { packets, lostPackets, frames, lostFrames, roundTrip, hostLatency } = figures;
  const rows: [string, string][] = [
    ['Throughput', `${(figures.throughputKbps / 1000).toFixed(1)} Mbit/s`],
    [
      'Frames',
      `${figures.framesPerSecond.toFixed(1)} a second, ${lostFrames} of ${frames + lostFrames} lost`,
    ],
    [
      'Packets lost',
      `${lostPackets} of ${packets} (${share(lostPackets, packets)}), ${figures.recoveredPackets} repaired by parity`,
    ],
    ['Out of order', `${figures.reorderedPackets}, twice ${figures.duplicatePackets}`],
    ['Jitter', milliseconds(figures.jitter)],
    ...(roundTrip ? [['Round trip', spread(roundTrip)] as [string, string]] : []),
    ...(hostLatency ? [['In the host', spread(hostLatency)] as [string, string]] : []),
  ];
  return page(sheet(rows), assessment);
}

/** The figures of a speed test and what follows from them, for a person. */
export function presentSpeed(figures: SpeedFigures, assessment: Assessment): string {
  const rows = figures.steps
    .filter(({ kind }) => kind !== 'settle')
    .map((step) => [
      megabit(step.kbps),
      megabit(step.receivedKbps),
      share(step.lostPackets, step.packets),
      milliseconds(step.queue),
      milliseconds(step.jitter),
      step === figures.held
        ? step.clean
          ? 'held'
          : 'held, not clean'
        : step.clean
          ? ''
          : 'too fast',
    ]);
  const steps = table(['ASKED', 'ARRIVED', 'LOST', 'DELAY', 'JITTER', ''], rows);
  const { held, roundTrip } = figures;
  const below: [string, string][] = [
    ...(held ? heldRows(held) : []),
    ...(roundTrip ? [['Round trip', spread(roundTrip)] as [string, string]] : []),
  ];
  return page(below.length > 0 ? `${steps}\n\n${sheet(below)}` : steps, assessment);
}

function heldRows(held: SpeedStep): [string, string][] {
  return [
    ['Throughput', `${megabit(held.receivedKbps)} for ${(held.duration / 1000).toFixed(1)} s`],
    [
      'Packets lost',
      `${held.lostPackets} of ${held.packets} (${share(held.lostPackets, held.packets)})`,
    ],
    ['Out of order', `${held.reorderedPackets}, twice ${held.duplicatePackets}`],
  ];
}

function page(figures: string, { remarks, recommendation }: Assessment): string {
  const parts = [figures, recommendation.sentence];
  if (remarks.length > 0) parts.push(remarks.map(({ message }) => `- ${message}`).join('\n'));
  return parts.join('\n\n');
}

function share(part: number, whole: number): string {
  return percent(whole > 0 ? part / whole : 0);
}

function megabit(kbps: number): string {
  return `${(kbps / 1000).toFixed(kbps < 100_000 ? 1 : 0)} Mbit/s`;
}

function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function spread({ least, p50, p99, most }: Spread): string {
  const one = (value: number): string => String(Number(value.toFixed(1)));
  return `${one(p50)} ms (${one(least)} to ${one(most)}, 99 % below ${one(p99)})`;
}
