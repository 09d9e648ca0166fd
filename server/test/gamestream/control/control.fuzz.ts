import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import vectors from '../../../../test/vectors/control-encryption.json' with { type: 'json' };
import { decodeClientMessage } from '../../../src/gamestream/control/client-message.ts';
import { MediaEndpoints } from '../../../src/gamestream/control/media-endpoints.ts';
import { decodeMediaPing } from '../../../src/gamestream/control/media-ping.ts';
import { openMessage, sealMessage } from '../../../src/gamestream/control/message-cipher.ts';
import { keptInputs, mutations } from '../../corpus/corpus-of-bytes.ts';
import { fuzz } from '../../corpus/fuzz.ts';

const cases = vectors.cases.filter(({ direction }) => direction === 'client-to-host');
const packets = cases.map(({ packet }) => Buffer.from(packet, 'hex'));
const plaintexts = cases.map(({ plaintext }) => Buffer.from(plaintext, 'hex'));
const genuine = new Set(packets.map((packet) => packet.toString('hex')));
const KEY = { key: Buffer.from(cases[0]!.key, 'hex'), v2: true };

function staysShut(bytes: Buffer): void {
  const opened = openMessage(KEY, 'client', bytes);
  if (opened) expect(genuine.has(bytes.toString('hex'))).toBe(true);
}

/** What the holder of the key may say: any type, any payload, also lengths that do not fit. */
function understood(bytes: Buffer): void {
  const type = bytes.length >= 2 ? bytes.readUInt16LE(0) : 0x0302;
  const payload = bytes.subarray(4);
  const sealed = sealMessage(KEY, 'client', 1, { type, payload });
  const opened = openMessage(KEY, 'client', sealed);
  if (type === 0x0001) expect(opened).toBeUndefined();
  else expect(opened).toEqual({ type, payload, sequence: 1 });
  const message = decodeClientMessage({ type, payload });
  if (typeof message === 'string') return;
  if (message.kind === 'invalidate') expect(message.first).toBeLessThanOrEqual(message.last);
  if (message.kind === 'loss') expect(Number.isSafeInteger(message.lastGoodFrame)).toBe(true);
}

function pingMovesNothing(bytes: Buffer): void {
  const ping = decodeMediaPing(bytes);
  if (!ping) return;
  const moved: unknown[] = [];
  const endpoints = new MediaEndpoints('192.0.2.1', (...move) => moved.push(move));
  endpoints.setLegacy(ping.kind === 'legacy', 0);
  endpoints.ping('video', ping.kind, { address: '198.51.100.1', port: 1, local: 'a' }, 0);
  expect(moved).toEqual([]);
}

describe('the control message parser', () => {
  it.each(keptInputs('control'))('replays $name', ({ bytes }) => {
    staysShut(bytes);
    understood(bytes);
    pingMovesNothing(bytes);
  });

  it('opens nothing that was not sealed with the key', async () => {
    // The length field follows most mutations, so that they reach the seal.
    const inputs = fc.tuple(mutations(packets), fc.nat(3)).map(([bytes, leave]) => {
      if (leave > 0 && bytes.length >= 4) bytes.writeUInt16LE(bytes.length - 4, 2);
      return bytes;
    });
    await fuzz(fc.property(inputs, staysShut));
  });

  it('reads anything that was, without harm', async () => {
    await fuzz(fc.property(mutations(plaintexts), understood));
  });

  it('lets no ping from elsewhere move a stream', async () => {
    const seeds = [Buffer.from('PING'), Buffer.from('0123456789ABCDEF\0\0\0\x01')];
    await fuzz(fc.property(mutations(seeds), pingMovesNothing));
  });
});
