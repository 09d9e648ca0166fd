import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Ceremony, CeremonyBroken } from '../../../src/gamestream/pairing/ceremony.ts';
import { readCertificate, signatureValue } from '../../../src/gamestream/pairing/certificate.ts';
import {
  decrypt,
  encrypt,
  isSignedBy,
  pairingKey,
  proofHash,
} from '../../../src/gamestream/pairing/proof.ts';

const vectors = JSON.parse(
  readFileSync(new URL('../../../../test/vectors/pairing.json', import.meta.url), 'utf8'),
);
const { inputs, success, wrongPin, pinKeyDerivation, negative } = vectors;
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const client = readCertificate(inputs.client.certPem)!;
const host = {
  signature: readCertificate(inputs.server.certPem)!.signature,
  privateKey: createPrivateKey(inputs.server.privateKeyPem),
};

function ceremony(pin: string = inputs.pin): Ceremony {
  return new Ceremony({
    salt: hex(inputs.saltHex),
    pin,
    client,
    host,
    random: (purpose) =>
      hex(purpose === 'secret' ? inputs.serverSecretHex : inputs.serverChallengeHex),
  });
}

const phase2 = hex(success.phase2.requestQuery.clientchallenge);
const phase3 = hex(success.phase3.requestQuery.serverchallengeresp);
const phase4 = hex(success.phase4.requestQuery.clientpairingsecret);

describe('pairing arithmetic', () => {
  it.each(pinKeyDerivation as { pin: string; saltHex: string; aesKeyHex: string }[])(
    'derives the key of PIN $pin',
    ({ pin, saltHex, aesKeyHex }) => {
      expect(pairingKey(hex(saltHex), pin).toString('hex')).toBe(aesKeyHex);
    },
  );

  it('computes every value of the recorded pairing', () => {
    const key = pairingKey(hex(inputs.saltHex), inputs.pin);
    expect(key.toString('hex')).toBe(success.aesKey.hostKeyHex);
    const challenge = decrypt(key, phase2);
    expect(challenge.toString('hex')).toBe(success.phase2.hostDecryptedChallengeHex);
    const hash = proofHash(challenge, host.signature, hex(inputs.serverSecretHex));
    expect(hash.toString('hex')).toBe(success.phase2.hostHashHex);
    const plain = hex(success.phase2.hostPlaintextHex);
    expect(encrypt(key, plain).toString('hex')).toBe(
      success.phase2.responseXmlElements.challengeresponse,
    );
    expect(decrypt(key, phase3).toString('hex')).toBe(success.phase3.hostDecryptedClientHashHex);
    expect(
      proofHash(
        hex(inputs.serverChallengeHex),
        client.signature,
        hex(inputs.clientSecretHex),
      ).toString('hex'),
    ).toBe(success.phase4.hostExpectedClientHashHex);
    expect(isSignedBy(client.publicKey, phase4.subarray(0, 16), phase4.subarray(16))).toBe(true);
  });
});

describe('Ceremony', () => {
  it('answers the recorded pairing byte for byte', () => {
    const run = ceremony();
    expect(run.challenge(phase2).toString('hex')).toBe(
      success.phase2.responseXmlElements.challengeresponse,
    );
    expect(run.response(phase3).toString('hex')).toBe(
      success.phase3.responseXmlElements.pairingsecret,
    );
    expect(run.secret(phase4)).toBe(true);
    expect(run.phase).toBe('over');
  });

  it('answers a wrong PIN byte for byte and does not believe phase 4', () => {
    const run = ceremony('1235');
    expect(run.challenge(hex(wrongPin.phase2.requestQuery.clientchallenge)).toString('hex')).toBe(
      wrongPin.phase2.responseXmlElements.challengeresponse,
    );
    expect(
      run.response(hex(wrongPin.phase3.requestQuery.serverchallengeresp)).toString('hex'),
    ).toBe(wrongPin.phase3.responseXmlElements.pairingsecret);
    expect(run.secret(hex(wrongPin.phase4.requestQuery.clientpairingsecret))).toBe(false);
  });

  it.each(
    (negative as { case: string; input?: { clientpairingsecret?: string } }[]).filter(
      ({ input }) => input?.clientpairingsecret,
    ),
  )('does not believe a $case', ({ input }) => {
    const run = ceremony();
    run.challenge(phase2);
    run.response(phase3);
    const secret = hex(input!.clientpairingsecret!);
    if (secret.length <= 16) expect(() => run.secret(secret)).toThrow(CeremonyBroken);
    else expect(run.secret(secret)).toBe(false);
    expect(run.phase).toBe('over');
  });

  it('ends at any step out of order, and at a repeated one', () => {
    const steps = {
      challenge: (run: Ceremony) => run.challenge(phase2),
      response: (run: Ceremony) => run.response(phase3),
      secret: (run: Ceremony) => run.secret(phase4),
    };
    const order = ['challenge', 'response', 'secret'] as const;
    for (let done = 0; done <= 3; done++) {
      for (const next of order) {
        if (next === order[done]) continue;
        const run = ceremony();
        for (const step of order.slice(0, done)) steps[step](run);
        expect(() => steps[next](run)).toThrow(CeremonyBroken);
        for (const later of order) expect(() => steps[later](run)).toThrow(CeremonyBroken);
      }
    }
  });

  it('ends at a message of the wrong length', () => {
    for (const length of [0, 15, 17, 32]) {
      const run = ceremony();
      expect(() => run.challenge(Buffer.alloc(length))).toThrow(CeremonyBroken);
      expect(() => run.challenge(phase2)).toThrow(CeremonyBroken);
    }
    for (const length of [0, 16, 31, 33, 48]) {
      const run = ceremony();
      run.challenge(phase2);
      expect(() => run.response(Buffer.alloc(length))).toThrow(CeremonyBroken);
      expect(() => run.response(phase3)).toThrow(CeremonyBroken);
    }
  });

  it('takes fresh randoms for each run', () => {
    const make = () =>
      new Ceremony({ salt: hex(inputs.saltHex), pin: '1234', client, host }).challenge(phase2);
    expect(make()).not.toEqual(make());
  });
});

describe('certificates', () => {
  it('finds signature and fingerprint of the recorded ones, also with serial 0', () => {
    for (const side of [inputs.client, inputs.server]) {
      const certificate = readCertificate(side.certPem)!;
      expect(certificate.signature.toString('hex')).toBe(side.certSignatureHex);
      expect(certificate.fingerprint).toBe(side.certDerSha256Hex);
    }
  });

  it('refuses what is no certificate', () => {
    for (const text of [
      '',
      'x',
      inputs.client.certPem.slice(0, 400),
      inputs.client.privateKeyPem,
    ]) {
      expect(readCertificate(text)).toBeUndefined();
    }
    for (let length = 0; length < client.der.length; length++) {
      expect(signatureValue(client.der.subarray(0, length))).toBeUndefined();
    }
  });
});
