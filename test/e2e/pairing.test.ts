import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import { HostRefused } from '../../server/src/client/host-requests.ts';
import { PairingFailed, randomPin } from '../../server/src/client/pairing.ts';
import { XmlAnswer } from '../../server/src/client/xml-answer.ts';
import { HostUnderTest } from './support/host-under-test.ts';

let host: HostUnderTest;
beforeAll(async () => {
  host = await HostUnderTest.start();
});
afterAll(() => host?.close());

describe('a stranger', () => {
  it('sees the host, and neither its MAC nor a paired flag', async () => {
    const client = await host.client();
    const info = await client.publicInfo();
    expect(info).toMatchObject({
      name: 'under-test',
      appVersion: '7.1.431.-1',
      mac: '00:00:00:00:00:00',
      paired: false,
      currentGame: 0,
      busy: false,
      httpsPort: host.base - 5,
      externalPort: host.base,
    });
    expect(info.codecModes & 1).toBe(1);
    expect((await client.publicInfo()).uniqueId).toBe(info.uniqueId);
  });

  it.each(['serverinfo', 'applist', 'launch', 'resume', 'cancel', 'appasset'])(
    'gets XML 401 for HTTPS /%s',
    async (path) => {
      const client = await host.client();
      for (const withoutCertificate of [true, false]) {
        const raw = await client.requests.rawHttps(path, { appid: 1 }, { withoutCertificate });
        expect(raw.status).toBe(200);
        expect(new XmlAnswer(raw.body.toString()).status).toBe(401);
      }
    },
  );

  it.each(['applist', 'launch', 'resume', 'cancel', 'appasset'])(
    'finds no /%s over HTTP',
    async (path) => {
      const client = await host.client();
      const raw = await client.requests.rawHttp(path, { appid: 1 });
      expect(raw.status === 404 || new XmlAnswer(raw.body.toString()).status === 404).toBe(true);
    },
  );

  it('gets an answer to /unpair that hides no other error', async () => {
    const client = await host.client();
    expect((await client.requests.http('unpair', {})).status).toBe(200);
  });
});

describe('pairing', () => {
  let client: GameStreamClient;
  beforeAll(async () => {
    client = await host.pairedClient();
  });

  it('makes the client known, by its certificate alone', async () => {
    expect(await client.info()).toMatchObject({ paired: true, currentGame: 0 });
    expect((await client.info()).mac).toMatch(/^([\da-f]{2}:){5}[\da-f]{2}$/);
    expect((await client.publicInfo()).paired).toBe(false);
    await expect((await host.client()).info()).rejects.toMatchObject({ status: 401 });
  });

  it('lists what can be had here, with box art: no second screen, no Game Mode, nothing of the host itself', async () => {
    const apps = await client.apps();
    const titles = apps.map((app) => app.title).sort();
    expect(titles).toEqual(['Desktop', 'Input only', 'Test pattern']);
    expect(new Set(apps.map((app) => app.id)).size).toBe(3);
    for (const app of apps) {
      const art = await client.art(app.id);
      expect(art).toMatchObject({ status: 200, contentType: 'image/png' });
      expect(art.body.subarray(1, 4).toString()).toBe('PNG');
      expect([art.body.readUInt32BE(16), art.body.readUInt32BE(20)]).toEqual([600, 800]);
    }
  });

  it('with a wrong PIN fails, and the next try succeeds', async () => {
    const stranger = await host.client();
    const failing = stranger.pair({ pin: '1234' });
    failing.catch(() => undefined);
    expect(await host.answerPin('4321')).not.toBe(0);
    await expect(failing).rejects.toMatchObject({ name: 'PairingFailed', fault: 'wrong-pin' });
    await expect(stranger.info()).rejects.toThrow(HostRefused);

    const pin = randomPin();
    const pairing = stranger.pair({ pin });
    pairing.catch(() => undefined);
    expect(await host.answerPin(pin)).toBe(0);
    await pairing;
    expect((await stranger.info()).paired).toBe(true);
  });

  it('with a wrong PIN fails at the host too, when the client does not check', async () => {
    const embedded = await host.client();
    const failing = embedded.pair({ pin: '1234', skipOwnCheck: true });
    failing.catch(() => undefined);
    expect(await host.answerPin('4321')).not.toBe(0);
    await expect(failing).rejects.toThrow(PairingFailed);
    await expect(embedded.info()).rejects.toThrow(HostRefused);
  });

  it('out of order is refused', async () => {
    const stranger = await host.client();
    const raw = await stranger.requests.rawHttp('pair', {
      devicename: 'roth',
      updateState: 1,
      clientchallenge: '00'.repeat(16),
    });
    const answer = new XmlAnswer(raw.body.toString());
    expect(answer.status).toBe(400);
    expect(answer.text('paired')).toBe('0');
  });

  it('ends for a device that its owner removes', async () => {
    const doomed = await host.pairedClient();
    const { fingerprint } = doomed.identity.certificate;
    expect((await doomed.info()).paired).toBe(true);
    await host.ctl('clients', 'remove', fingerprint);
    await expect(doomed.info()).rejects.toMatchObject({ status: 401 });
    expect((await client.info()).paired).toBe(true);
  });
});
