import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fingerprintOf, readCertificate } from '../../../src/gamestream/pairing/certificate.ts';
import {
  answerNext,
  makeClientIdentity,
  startHost,
  waiting,
  type TestHost,
} from '../nvhttp-host.ts';
import { PairingClient } from '../pairing-client.ts';

let host: TestHost;
const tv = makeClientIdentity();
const phone = makeClientIdentity();
const fingerprint = (pem: string): string => readCertificate(pem)!.fingerprint;

beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.close());
afterEach(async () => {
  host.desk.enabled = false;
  host.desk.enabled = true;
  for (const device of host.devices.list()) await host.devices.remove(device.fingerprint);
});

const client = (identity = tv): PairingClient => new PairingClient(host.ports, identity);

async function paired(identity = tv): Promise<PairingClient> {
  const made = client(identity);
  const answer = answerNext(host.desk, '1234', 'TV');
  expect((await made.pair('1234')).result).toBe('paired');
  await answer;
  return made;
}

describe('pairing over real sockets', () => {
  it('succeeds with the PIN, and the certificate of TLS is the one that was paired with', async () => {
    const tvClient = client();
    const answer = answerNext(host.desk, '0042', 'Living room');
    expect((await tvClient.pair('0042')).result).toBe('paired');
    expect(await answer).toMatchObject({
      result: 'paired',
      device: { name: 'Living room', fingerprint: fingerprint(tv.certPem), enabled: true },
    });
    const info = await tvClient.getSecure('/serverinfo');
    expect(info.element('PairStatus')).toBe('1');
    expect((await tvClient.get('/serverinfo')).element('PairStatus')).toBe('0');
  });

  it.each([false, true])(
    'fails with another PIN (client that does not check: %s)',
    async (careless) => {
      const tvClient = client();
      const answer = answerNext(host.desk, '1235');
      const run = await tvClient.pair('1234', { careless });
      expect(run.result).toBe('wrong-pin');
      expect(run.last.status).toBe(200);
      if (careless) expect(run.last.element('paired')).toBe('0');
      expect(await answer).toEqual({ result: 'wrong-pin' });
      expect(host.devices.list()).toEqual([]);
      expect((await tvClient.getSecure('/serverinfo')).status).toBe(401);
      // The right PIN afterwards needs a new ceremony.
      const late = await tvClient.secret(run.sent.secret);
      expect([late.status, late.element('paired')]).toEqual([400, '0']);
      expect(host.devices.list()).toEqual([]);
    },
  );

  it('refuses a replay of phase 3 and of phase 4, and the ceremony is over', async () => {
    const tvClient = client();
    const salt = randomBytes(16);
    const first = tvClient.phase1(salt);
    const answer = answerNext(host.desk, '1234');
    expect((await first).element('paired')).toBe('1');
    expect((await tvClient.challenge(randomBytes(16))).status).toBe(200);
    expect((await tvClient.response(randomBytes(32))).status).toBe(200);
    const replay = await tvClient.response(randomBytes(32));
    expect([replay.http, replay.status, replay.element('paired')]).toEqual([200, 400, '0']);
    expect(replay.element('pairingsecret')).toBeUndefined();
    expect(await answer).toEqual({ result: 'refused' });
    expect((await tvClient.secret(randomBytes(272))).status).toBe(400);

    const second = answerNext(host.desk, '1234');
    const run = await tvClient.pair('1234');
    await second;
    expect((await tvClient.secret(run.sent.secret)).status).toBe(400);
    expect(host.devices.list()).toHaveLength(1);
  });

  it('refuses every phase out of order, before and after the PIN', async () => {
    const tvClient = client();
    const later = [
      () => tvClient.challenge(randomBytes(16)),
      () => tvClient.response(randomBytes(32)),
      () => tvClient.secret(randomBytes(272)),
    ];
    for (const step of later) expect((await step()).status).toBe(400);
    for (const step of later.slice(1)) {
      const first = tvClient.phase1(randomBytes(16));
      const answer = answerNext(host.desk, '1234');
      await first;
      expect((await step()).status).toBe(400);
      expect(await answer).toEqual({ result: 'refused' });
      expect((await tvClient.challenge(randomBytes(16))).status).toBe(400);
    }
    const parked = tvClient.phase1(randomBytes(16));
    await waiting(host.desk);
    expect((await tvClient.challenge(randomBytes(16))).status).toBe(400);
    expect((await parked).element('paired')).toBe('0');
    expect(host.desk.waiting()).toEqual([]);
    expect(host.devices.list()).toEqual([]);
  });

  it('refuses pairchallenge on plain HTTP', async () => {
    const reply = await client().get(client().pairTarget({ phrase: 'pairchallenge' }));
    expect([reply.status, reply.element('paired')]).toEqual([400, '0']);
  });

  it('keeps the first request when a second device at its address asks', async () => {
    const first = client().pair('1234');
    await waiting(host.desk);
    const second = await client(phone).phase1(randomBytes(16));
    expect([second.status, second.element('paired')]).toEqual([400, '0']);
    expect(second.message).toContain('address');
    await client(phone).get('/unpair?uniqueid=0123456789ABCDEF');
    const answer = answerNext(host.desk, '1234');
    expect((await first).result).toBe('paired');
    expect(await answer).toMatchObject({ device: { fingerprint: fingerprint(tv.certPem) } });
  });

  it('gives the PIN to the request it was meant for when several wait', async () => {
    const phoneClient = client(phone);
    phoneClient.localAddress = '127.0.0.2';
    const one = client().pair('1111');
    await waiting(host.desk);
    const two = phoneClient.pair('2222');
    const request = await waiting(host.desk, 2);
    expect(request).toMatchObject({
      address: '127.0.0.2',
      fingerprint: fingerprint(phone.certPem),
    });
    const answer = host.desk.answer(request.id, '2222', 'Phone');
    expect((await two).result).toBe('paired');
    expect(await answer).toMatchObject({ result: 'paired' });
    expect(host.desk.waiting()).toHaveLength(1);
    host.desk.refuse(host.desk.waiting()[0]!.id);
    const refused = await one;
    expect(refused.result).toBe('refused');
    expect(refused.last.status).toBe(400);
  });

  it('lets a new phase 1 of the same device replace the old one', async () => {
    const tvClient = client();
    const stale = tvClient.phase1(randomBytes(16));
    const before = await waiting(host.desk);
    const run = tvClient.pair('1234');
    expect((await stale).element('paired')).toBe('0');
    const request = await waiting(host.desk);
    expect(request.id).not.toBe(before.id);
    await expect(host.desk.answer(before.id, '1234')).rejects.toThrow(RangeError);
    await host.desk.answer(request.id, '1234');
    expect((await run).result).toBe('paired');
  });

  it('drops a request whose connection closes', async () => {
    const abort = new AbortController();
    const first = client().phase1(randomBytes(16), abort.signal);
    await waiting(host.desk);
    const dropped = new Promise<void>((resolve) => host.desk.on('changed', resolve));
    abort.abort();
    await expect(first).rejects.toThrow();
    await dropped;
    expect(host.desk.waiting()).toEqual([]);
  });

  it('says no at once when pairing is off or the device is disabled', async () => {
    host.desk.enabled = false;
    const off = await client().phase1(randomBytes(16));
    expect([off.status, off.element('paired')]).toEqual([403, '0']);
    host.desk.enabled = true;
    const tvClient = await paired();
    await host.devices.setEnabled(fingerprint(tv.certPem), false);
    expect((await tvClient.phase1(randomBytes(16))).status).toBe(403);
  });

  it('never removes a paired device by /unpair', async () => {
    const tvClient = await paired();
    for (const target of ['/unpair?uniqueid=0123456789ABCDEF', '/unpair', '/unpair?uniqueid=%00']) {
      const reply = await tvClient.get(target);
      if (target.includes('%00')) continue;
      expect(reply.text).toMatch(/^<root status_code="200" status_message="Nothing was unpaired: /);
    }
    expect((await tvClient.getSecure('/unpair?uniqueid=0123456789ABCDEF')).status).toBe(404);
    expect((await tvClient.getSecure('/serverinfo')).element('PairStatus')).toBe('1');
  });

  it('refuses bad phase 1 parameters', async () => {
    const good = {
      phrase: 'getservercert',
      salt: '00'.repeat(16),
      clientcert: Buffer.from(tv.certPem).toString('hex'),
    };
    for (const bad of [
      { salt: '00'.repeat(15) },
      { salt: 'zz'.repeat(16) },
      { clientcert: '' },
      { clientcert: Buffer.from('no certificate').toString('hex') },
      { clientcert: good.clientcert.slice(0, 500) },
      { clientchallenge: '00'.repeat(16) },
      { phrase: 'other' },
      { uniqueid: 'x'.repeat(65) },
    ]) {
      const reply = await client().get(client().pairTarget({ ...good, ...bad }));
      expect([reply.http, reply.status, reply.element('paired')]).toEqual([200, 400, '0']);
    }
    expect(host.desk.waiting()).toEqual([]);
    // Longer salts are cut, hex may be upper case.
    const long = client().get(
      client().pairTarget({
        ...good,
        salt: '00'.repeat(18),
        clientcert: good.clientcert.toUpperCase(),
      }),
    );
    const request = await waiting(host.desk);
    expect(request.fingerprint).toBe(fingerprintOf(readCertificate(tv.certPem)!.der));
    host.desk.refuse(request.id);
    await long;
  });
});
