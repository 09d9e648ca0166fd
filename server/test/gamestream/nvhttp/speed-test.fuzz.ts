import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTarget } from '../../../src/gamestream/nvhttp/query.ts';
import {
  readHeldParameters,
  readRateParameters,
  readSpeedTestParameters,
  SpeedTestMalformed,
} from '../../../src/gamestream/nvhttp/speed-test-parameters.ts';
import { keptInputs, mutations } from '../../corpus/corpus-of-bytes.ts';
import { fuzz } from '../../corpus/fuzz.ts';

function check(bytes: Buffer): void {
  const target = parseTarget(`/earthshine/speedtest?${bytes.toString('latin1')}`);
  if (!target) return;
  const { query } = target;
  const read = <T>(reader: (from: typeof query) => T): T | undefined => {
    try {
      return reader(query);
    } catch (error) {
      expect(error).toBeInstanceOf(SpeedTestMalformed);
      return undefined;
    }
  };
  const begun = read(readSpeedTestParameters);
  const changed = read(readRateParameters);
  const held = read(readHeldParameters);
  for (const kbps of [begun?.kbps, changed?.kbps, held?.kbps]) {
    if (kbps === undefined) continue;
    expect(Number.isInteger(kbps) && kbps >= 100 && kbps <= 3_000_000).toBe(true);
  }
  if (begun)
    expect(Number.isInteger(begun.seconds) && begun.seconds >= 1 && begun.seconds <= 10).toBe(true);
  // What is refused as a figure may still be a rate, and never the other way round.
  if (held) expect(held).toEqual(changed);
  if (changed) expect(changed.id).toMatch(/^[0-9a-f]{16}$/);
}

const plausible = fc
  .array(
    fc.tuple(
      fc.constantFrom('kbps', 'seconds', 'session', 'uuid'),
      fc.oneof(
        fc.integer().map(String),
        fc.constantFrom('25000', '3000001', '99', '10', '11', '1e9', '0x10', '', '９'),
        fc.constantFrom('0123456789abcdef', '0123456789ABCDEF'),
      ),
    ),
    { maxLength: 6 },
  )
  .map((pairs) =>
    Buffer.from(pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')),
  );

describe('parameters of a speed test', () => {
  const kept = keptInputs('speed-test-query');
  it.each(kept)('take $name', ({ bytes }) => check(bytes));
  it('survive anything, and no rate or time is above the cap', async () => {
    const inputs = fc.oneof(mutations(kept.map(({ bytes }) => bytes)), plausible);
    await fuzz(fc.property(inputs, check));
  });
});
