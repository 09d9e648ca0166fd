import { expect, it } from 'vitest';

import { Adaptation } from '../../../src/sessions/adaptation/adaptation.ts';

const adaptation = (change: { on?: boolean; parity?: boolean } = {}) =>
  new Adaptation(
    {
      ...{ bitrateKbps: 20_000, framesPerSecond: 60, payload: 1024, fecPercentage: 20 },
      ...{ minFecPackets: 0, reportsBlocks: true, parity: change.parity ?? true },
      encoderKbps: (total) => total * 0.8,
    },
    change.on ?? true,
    0,
  );

it.each([true, false])('holds a stream below a bitrate and lets go again, adapting: %s', (on) => {
  const stream = adaptation({ on });
  const change = stream.bound({ bitrateKbps: 10_000 }, 'a fix is tried', 1_000)!;
  expect(change.reason).toBe('a fix is tried');
  expect(change.tuning.bitrateKbps).toBeLessThanOrEqual(8_000);
  expect(stream.state).toMatchObject({ targetKbps: 10_000, configuredKbps: 10_000 });
  expect(stream.bound({}, 'the fix was undone', 2_000)!.tuning.bitrateKbps).toBe(16_000);
  expect(stream.state).toMatchObject({ targetKbps: 20_000, configuredKbps: 20_000 });
});

it.each([true, false])(
  'holds parity above a share, at the cost of the encoder, adapting: %s',
  (on) => {
    const stream = adaptation({ on });
    const { tuning } = stream.bound({ fecPercentage: 40 }, 'a fix is tried', 1_000)!;
    expect(tuning.fecPercentage).toBe(40);
    expect(tuning.bitrateKbps).toBeLessThan(16_000);
    // A calm minute makes adaptation want less.
    for (let now = 1_000; now < 120_000; now += 100) stream.lossStats(0, now, now);
    expect(stream.state.fecPercentage).toBeGreaterThanOrEqual(40);
  },
);

it('never asks for more than the client’s user did, nor for parity that it does not take', () => {
  const stream = adaptation();
  expect(stream.bound({ bitrateKbps: 90_000 }, 'a fix is tried', 1_000)).toBeUndefined();
  const without = adaptation({ parity: false });
  without.bound({ fecPercentage: 40 }, 'a fix is tried', 1_000);
  expect(without.state.fecPercentage).not.toBe(40);
});
