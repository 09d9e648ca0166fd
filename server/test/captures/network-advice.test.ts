import { expect, it } from 'vitest';

import { networkAdvice } from '../../src/captures/network-advice.ts';
import type { RecordingHeader } from '../../src/captures/recording.ts';
import type { ListedRecording } from '../../src/captures/recordings.ts';
import { FINGERPRINT } from '../admin/admin-harness.ts';

interface Seen {
  readonly loss?: number;
  readonly found?: number;
  readonly seconds?: number;
  readonly kind?: 'capture' | 'summary';
  readonly imported?: boolean;
}

function stream({ loss, found, seconds = 600, kind = 'summary', imported = false }: Seen) {
  const header: Partial<RecordingHeader> = {
    ...{ kind, imported, duration: seconds * 1000 },
    identity: {
      device: { name: 'TV', fingerprint: FINGERPRINT },
      video: { bitrateKbps: 40_000 },
    } as RecordingHeader['identity'],
    figures: { roundTrip: 7, ...(loss !== undefined && { loss }) },
    findings: (found === undefined
      ? []
      : [
          { code: 'network-narrow', values: { target: found } },
        ]) as unknown as RecordingHeader['findings'],
  };
  return { id: 'x', bytes: 1, header } as unknown as ListedRecording;
}

const proposed = (...seen: Seen[]) => networkAdvice(seen.map(stream), FINGERPRINT).proposedKbps;

it('proposes less where the network loses, much less where it loses much, and nothing where it does not', () => {
  expect(proposed({ loss: 0.2 })).toBeUndefined();
  expect(proposed({ loss: 2 })).toBe(28_000);
  expect(proposed({ loss: 9 })).toBe(20_000);
  expect(networkAdvice([stream({ loss: 2 })], FINGERPRINT)).toEqual({
    streams: 1,
    lossPercentage: 2,
    roundTripMs: 7,
    askedKbps: 40_000,
    proposedKbps: 28_000,
  });
});

it('believes what adaptation found that the network carries', () => {
  expect(proposed({ loss: 0, found: 11_200 })).toBe(10_000);
  expect(proposed({ loss: 9, found: 39_000 })).toBe(20_000);
  expect(proposed({ loss: 0, found: 300 })).toBe(1_000);
});

it('weighs streams by their length, and leaves out short ones, recordings of parts, and other hosts’', () => {
  expect(proposed({ loss: 0, seconds: 3000 }, { loss: 9, seconds: 60 })).toBeUndefined();
  expect(proposed({ loss: 9, seconds: 10 })).toBeUndefined();
  expect(proposed({ loss: 9, kind: 'capture' })).toBeUndefined();
  expect(proposed({ loss: 9, imported: true })).toBeUndefined();
  expect(networkAdvice([stream({ loss: 9 })], 'cd'.repeat(32))).toEqual({ streams: 0 });
});
