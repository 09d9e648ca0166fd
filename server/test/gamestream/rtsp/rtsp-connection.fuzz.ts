import type net from 'node:net';
import { PassThrough } from 'node:stream';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { MAX_REQUEST_BYTES } from '../../../src/gamestream/rtsp/message.ts';
import { readRequest } from '../../../src/gamestream/rtsp/rtsp-connection.ts';
import type { Arrived } from '../../../src/gamestream/rtsp/rtsp-connection.ts';
import { SEALED_HEADER_BYTES, seal } from '../../../src/gamestream/rtsp/sealed-frame.ts';
import { keptInputs, mutations } from '../../corpus/corpus-of-bytes.ts';
import { fuzz } from '../../corpus/fuzz.ts';
import { rtspEncryption, sdpSamples } from './vectors.ts';

const plain = [
  ...rtspEncryption.session.exchange.map(({ plaintext }) => Buffer.from(plaintext, 'latin1')),
  ...sdpSamples.map(({ announceRequest }) => Buffer.from(announceRequest, 'latin1')),
];
const sealed = plain.map((bytes, i) => seal(Buffer.alloc(16, 7), 'client', i, bytes));
const long = Buffer.alloc(MAX_REQUEST_BYTES + 100, 'OPTIONS x RTSP/1.0\r\nCSeq: 1\r\n');

/** What a connection makes of these pieces, whose client then closes. */
async function read(pieces: readonly Uint8Array[]): Promise<Arrived> {
  const socket = new PassThrough();
  const arriving = readRequest(socket as unknown as net.Socket);
  for (const piece of pieces) socket.write(piece);
  socket.end();
  const arrived = await arriving;
  expect(['data', 'close'].map((event) => socket.listenerCount(event))).toEqual([0, 0]);
  socket.destroy();
  return arrived;
}

/** The bytes cut at these places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length];
  at.sort((a, b) => a - b);
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
}

async function isReadInPieces(bytes: Buffer, places: readonly number[]): Promise<void> {
  const whole = await read([bytes]);
  const arrived = await read(cut(bytes, places));
  expect(arrived.kind).toBe(whole.kind);
  // Why it cannot be read may show earlier in pieces.
  if (whole.kind !== 'malformed') expect(arrived).toEqual(whole);
  if (bytes.length === 0) expect(whole.kind).toBe('probe');
  if (whole.kind === 'plain') expect(whole.request.body.length).toBeLessThan(MAX_REQUEST_BYTES);
  if (whole.kind === 'sealed') {
    expect(whole.frame.length).toBeLessThanOrEqual(MAX_REQUEST_BYTES + SEALED_HEADER_BYTES);
  }
}

describe('an RTSP connection', () => {
  it.each(keptInputs('rtsp-request'))('replays $name', async ({ bytes }) => {
    await isReadInPieces(bytes, [1, 2, 3, 20]);
  });

  it('reads a request that comes in pieces as one that comes at once', async () => {
    const inputs = fc.oneof(
      { weight: 9, arbitrary: mutations([...plain, ...sealed]) },
      { weight: 1, arbitrary: mutations([long]) },
    );
    const places = fc.array(fc.nat(20_000), { maxLength: 5 });
    await fuzz(fc.asyncProperty(inputs, places, isReadInPieces));
  });
});
