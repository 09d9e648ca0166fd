import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Device } from '../../../src/devices/devices.ts';
import { PairingRequests } from '../../../src/devices/pairing-requests.ts';
import { readCertificate, signatureValue } from '../../../src/gamestream/pairing/certificate.ts';
import { Pairing } from '../../../src/gamestream/pairing/pairing.ts';
import { readPairStep, readUniqueId } from '../../../src/gamestream/pairing/parameters.ts';
import { decrypt, encrypt, pairingKey, proofHash } from '../../../src/gamestream/pairing/proof.ts';
import { Counters } from '../../../src/telemetry/counters.ts';
import { FUZZ_RUNS, keptInputs, mutations } from '../../corpus/corpus-of-bytes.ts';
import { fuzz } from '../../corpus/fuzz.ts';
import { knownDevices } from '../../devices/known-devices.ts';

const { inputs } = JSON.parse(
  readFileSync(new URL('../../../../test/vectors/pairing.json', import.meta.url), 'utf8'),
);
const client = readCertificate(inputs.client.certPem)!;
const server = readCertificate(inputs.server.certPem)!;
const log = pino({ level: 'silent' });

function checkStep(bytes: Buffer): void {
  const query = new Map(new URLSearchParams(bytes.toString('latin1')));
  const id = readUniqueId(query);
  if (id !== undefined) expect(id).toMatch(/^[\w-]{1,64}$/);
  const step = readPairStep(query);
  if (!step) return;
  if (step.phase === 'certificate') {
    expect(step.salt).toHaveLength(16);
    expect(step.client.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(step.client.signature.length).toBeGreaterThanOrEqual(256);
  } else {
    expect(step.data.length).toBeGreaterThan(0);
    expect(step.data.length).toBeLessThanOrEqual(1024);
  }
}

describe('pairing parameters', () => {
  const kept = keptInputs('pair-step');
  it.each(kept)('take $name', ({ bytes }) => checkStep(bytes));
  it('survive anything', async () => {
    await fuzz(fc.property(mutations(kept.map(({ bytes }) => bytes)), checkStep));
  });
});

describe('certificate bytes', () => {
  it('survive anything', async () => {
    await fuzz(
      fc.property(mutations([client.der, server.der]), (bytes) => {
        const signature = signatureValue(bytes);
        if (signature) expect(signature.length).toBeLessThan(bytes.length);
        const read = readCertificate(
          `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64')}\n-----END CERTIFICATE-----\n`,
        );
        if (read) expect(read.der.length).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});

/** Everything that can happen around one ceremony, in any order. */
const moves = [
  'phase1',
  'right-pin',
  'wrong-pin',
  'challenge',
  'response',
  'secret',
  'unpair',
  'garbage',
] as const;
type Move = (typeof moves)[number];

/** What the host must make of it: paired only by the one right order, without anything in between. */
function mustPair(sequence: readonly Move[]): boolean {
  const order: readonly Move[] = ['phase1', 'right-pin', 'challenge', 'response', 'secret'];
  let place = 0;
  for (const move of sequence) {
    // /unpair does nothing while the PIN is awaited; a PIN that nobody waits for is refused at the desk.
    if (move === 'unpair' && place <= 1) continue;
    if ((move === 'right-pin' || move === 'wrong-pin') && place !== 1) continue;
    if (move === order[place]) place++;
    else place = move === 'phase1' ? 1 : 0;
    if (place === order.length) return true;
  }
  return false;
}

async function play(sequence: readonly Move[]): Promise<boolean> {
  const known = new Map<string, Device>();
  const desk = new PairingRequests({ devices: knownDevices(known), log });
  const pairing = new Pairing({
    identity: {
      hostId: 'x',
      certificate: server,
      privateKey: createPrivateKey(inputs.server.privateKeyPem),
      privateKeyPem: inputs.server.privateKeyPem,
    },
    desk,
    counters: new Counters(),
    log,
  });
  const key = pairingKey(Buffer.from(inputs.saltHex, 'hex'), inputs.pin);
  const secret = Buffer.from(inputs.clientSecretHex, 'hex');
  let hostChallenge: Buffer = Buffer.alloc(16);
  const gone = new AbortController();
  const ask = (parameters: Record<string, string>) =>
    pairing.answer(
      new Map(Object.entries({ uniqueid: '1', ...parameters })),
      '10.0.0.1',
      gone.signal,
    );
  const held: Promise<unknown>[] = [];
  for (const move of sequence) {
    switch (move) {
      case 'phase1':
        held.push(
          ask({
            phrase: 'getservercert',
            salt: inputs.saltHex,
            clientcert: Buffer.from(inputs.client.certPem).toString('hex'),
          }),
        );
        break;
      case 'right-pin':
      case 'wrong-pin': {
        const [request] = desk.waiting();
        const pin = move === 'right-pin' ? inputs.pin : '9999';
        if (request) held.push(desk.answer(request.id, pin));
        break;
      }
      case 'challenge': {
        const { elements } = await ask({
          clientchallenge: encrypt(key, Buffer.from(inputs.clientChallengeHex, 'hex')).toString(
            'hex',
          ),
        });
        const answer = elements.find(([name]) => name === 'challengeresponse')?.[1];
        if (answer) hostChallenge = decrypt(key, Buffer.from(answer, 'hex')).subarray(32);
        break;
      }
      case 'response':
        await ask({
          serverchallengeresp: encrypt(
            key,
            proofHash(hostChallenge, client.signature, secret),
          ).toString('hex'),
        });
        break;
      case 'secret':
        await ask({
          clientpairingsecret: Buffer.concat([
            secret,
            sign('sha256', secret, inputs.client.privateKeyPem),
          ]).toString('hex'),
        });
        break;
      case 'unpair':
        await pairing.abandon(new Map([['uniqueid', '1']]), '10.0.0.1');
        break;
      case 'garbage':
        await ask({ clientchallenge: 'zz' });
        break;
    }
    // Lets a held phase 1 go on, as the socket would.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const paired = known.has(client.fingerprint);
  desk.close();
  gone.abort();
  await Promise.allSettled(held);
  expect(pairing.attempts).toBe(0);
  expect(desk.waiting()).toEqual([]);
  return paired;
}

describe('the ceremony', () => {
  it('pairs by the one right order and by no other', async () => {
    const right: Move[] = ['phase1', 'right-pin', 'challenge', 'response', 'secret'];
    expect(await play(right)).toBe(true);
    expect(mustPair(right)).toBe(true);
    const nearly = fc
      .array(
        fc.tuple(fc.nat(6), fc.nat(2), fc.array(fc.constantFrom(...moves), { maxLength: 2 })),
        {
          maxLength: 2,
        },
      )
      .map((edits) =>
        edits.reduce<Move[]>((sequence, [at, remove, insert]) => {
          return sequence.toSpliced(at, remove, ...insert);
        }, right),
      );
    const sequences = fc.oneof(nearly, fc.array(fc.constantFrom(...moves), { maxLength: 12 }));
    await fuzz(
      fc.asyncProperty(sequences, async (sequence) => {
        expect(await play(sequence)).toBe(mustPair(sequence));
      }), // Each run signs and verifies with RSA.
      Math.max(500, Math.floor(FUZZ_RUNS / 50)),
    );
  });
});
