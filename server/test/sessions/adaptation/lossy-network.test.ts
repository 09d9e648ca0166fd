import { describe, expect, it } from 'vitest';

import type { Path } from './network-path.ts';
import { simulate } from './simulation.ts';
import type { Run } from './simulation.ts';

/** 720p60 at 10 Mbit/s on a network that is fast enough and loses by itself. */
function run(path: Partial<Path>, changes: Partial<Run> = {}): Run {
  return {
    path: { linkKbps: 1_000_000, queue: 50, roundTrip: 20, ...path },
    configuredKbps: 10_000,
    seconds: 60,
    invalidation: true,
    ...changes,
  };
}

/** The same with five seeds, and what a figure of theirs is on average. */
function meanOf(path: Partial<Path>, changes: Partial<Run>) {
  const runs = [1, 2, 3, 4, 5].map((seed) => simulate(run(path, { ...changes, seed })));
  return (figure: (one: ReturnType<typeof simulate>) => number): number =>
    runs.reduce((sum, one) => sum + figure(one), 0) / runs.length;
}

describe('a network that loses packets by itself', () => {
  it.each([
    { loss: 0.01, roundTrip: 1 },
    { loss: 0.01, roundTrip: 20 },
    { loss: 0.02, roundTrip: 1 },
    { loss: 0.02, roundTrip: 20 },
    { loss: 0.02, roundTrip: 100 },
  ])('$loss of the packets, $roundTrip ms: 99.9 % of the frames, no keyframe', (path) => {
    for (const seed of [1, 2, 3]) {
      const { shown, keyframes, target } = simulate(run(path, { seed }));
      expect(shown(5)).toBeGreaterThanOrEqual(0.999);
      expect(keyframes(1)).toBe(0);
      expect(target(0).least).toBe(10_000);
    }
  });

  it('a twentieth and a tenth of the packets: most frames are saved', () => {
    expect(simulate(run({ loss: 0.05 })).shown(5)).toBeGreaterThan(0.997);
    expect(simulate(run({ loss: 0.05 }, { adaptive: false })).shown(5)).toBeLessThan(0.98);
    const { shown } = simulate(run({ loss: 0.1 }));
    expect(shown(5)).toBeGreaterThan(0.985);
    expect(simulate(run({ loss: 0.1 }, { adaptive: false })).shown(5)).toBeLessThan(0.85);
  });

  it.each([true, false])('bursts of five, invalidation %s: the bitrate stays', (invalidation) => {
    const { shown, target } = simulate(run({ loss: 0.02, burst: 5 }, { invalidation }));
    const off = simulate(run({ loss: 0.02, burst: 5 }, { invalidation, adaptive: false }));
    expect(shown(5)).toBeGreaterThan(0.94);
    expect(1 - shown(5)).toBeLessThan((1 - off.shown(5)) / 2);
    // Trials that do not help are taken back, and become rare.
    expect(target(5).mean).toBeGreaterThan(9_000);
  });

  it.each([2, 20, 60])(
    'a tenth of the packets in bursts of eight, %s ms: few keyframes are asked for, the first seconds among them',
    (roundTrip) => {
      const mean = meanOf(
        { loss: 0.1, burst: 8, roundTrip },
        { seconds: 16, invalidation: false, keyframeSize: 3 },
      );
      expect(mean(({ keyframes }) => keyframes(0))).toBeLessThan(20);
      expect(mean(({ shown }) => shown(0))).toBeGreaterThan(0.92);
      expect(mean(({ shown }) => shown(5))).toBeGreaterThan(0.965);
    },
  );

  it.each([2, 20])(
    'the same, %s ms, of a quiet picture with small frames: what they leave of the bitrate is parity',
    (roundTrip) => {
      const mean = meanOf(
        { loss: 0.1, burst: 8, roundTrip },
        { seconds: 21, invalidation: false, keyframeSize: 4, used: 0.1 },
      );
      expect(mean(({ keyframes }) => keyframes(0))).toBeLessThan(25);
      expect(mean(({ shown }) => shown(0))).toBeGreaterThan(0.94);
    },
  );

  it('a blackout is over when it is over', () => {
    const blackouts = [
      [10_000, 10_300],
      [30_000, 30_300],
    ] as const;
    for (const invalidation of [true, false]) {
      const { shown, target, seconds } = simulate(run({ blackouts }, { invalidation }));
      expect(target(0).least).toBe(10_000);
      expect(seconds[12]!.shown).toBe(60);
      expect(Math.max(...seconds.map(({ fecPercentage }) => fecPercentage))).toBeLessThanOrEqual(
        22,
      );
      expect(shown(5)).toBeGreaterThan(0.98);
    }
  });

  it('a client that tells of lost frames alone is helped too', () => {
    const path = { loss: 0.05 };
    const { shown } = simulate(run(path, { reportsBlocks: false }));
    const off = simulate(run(path, { reportsBlocks: false, adaptive: false }));
    expect(1 - shown(10)).toBeLessThan((1 - off.shown(10)) / 3);
  });

  it('parity sinks a while after the last loss, and no burst of the last minute would hurt', () => {
    const clean: Path = { linkKbps: 1_000_000, queue: 50, roundTrip: 20 };
    const { seconds, shown } = simulate(
      run({ loss: 0.02 }, { seconds: 240, later: [[30_000, clean]] }),
    );
    const parity = seconds.map(({ fecPercentage }) => fecPercentage);
    expect(parity[29]).toBeGreaterThan(25);
    expect(Math.min(...parity.slice(30, 85))).toBeGreaterThanOrEqual(parity[29]! - 20);
    expect(parity[239]).toBe(5);
    expect(shown(5)).toBeGreaterThanOrEqual(0.999);
  });

  it('without losses nothing changes but parity, which sinks slowly to 5 %', () => {
    const { changes, seconds, target } = simulate(run({}, { seconds: 120 }));
    expect(target(0)).toMatchObject({ least: 10_000, most: 10_000 });
    expect(seconds[29]!.fecPercentage).toBe(20);
    expect(seconds[119]!.fecPercentage).toBe(5);
    expect(changes.every(({ at }) => at >= 30_000)).toBe(true);
  });
});

describe('a way on which segmentation offload loses packets', () => {
  it.each([true, false])('adaptation %s: batches are sent within seconds', (adaptive) => {
    for (const segmentedLoss of [0.03, 0.3, 0.8]) {
      const { shown, changes, seconds } = simulate(
        run({ segmentedLoss }, { sendMethod: 'gso', adaptive, seconds: 20 }),
      );
      const left = changes.filter(({ tuning }) => tuning.sendMethod === 'sendmmsg');
      expect(left).toHaveLength(1);
      expect(left[0]!.at).toBeLessThan(4_000);
      expect(left[0]!.reason).toMatch(/segmentation offload is left|nothing arrives/);
      expect(shown(6)).toBe(1);
      // What was lowered for its sake comes back with it.
      expect(seconds[8]!.targetKbps).toBe(10_000);
    }
  });

  it('stays in use where the network loses no more than usual', () => {
    const { changes } = simulate(run({ loss: 0.01 }, { sendMethod: 'gso' }));
    expect(changes.some(({ tuning }) => tuning.sendMethod)).toBe(false);
  });
});

it('a stream that sank on a network that loses by itself comes back, though frames go on being lost', () => {
  for (const seed of [1, 2, 3]) {
    const { target } = simulate(
      run(
        { loss: 0.6 },
        {
          seconds: 150,
          seed,
          later: [[60_000, { linkKbps: 1_000_000, queue: 50, roundTrip: 20, loss: 0.2 }]],
        },
      ),
    );
    expect(target(40, 60).most).toBeLessThan(3_000);
    expect(target(110).mean).toBeGreaterThan(6_000);
  }
});
