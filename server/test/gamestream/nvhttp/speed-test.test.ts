import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readClientIdentity } from '../../../src/client/client-identity.ts';
import { HostRefused, HostRequests } from '../../../src/client/host-requests.ts';
import { SpeedTestRefused } from '../../../src/gamestream/speed-tests.ts';
import { makeClientIdentity, startHost, type TestHost } from '../nvhttp-host.ts';

const pair = makeClientIdentity();
const identity = readClientIdentity(pair.certPem, pair.privateKeyPem);
const { fingerprint } = identity.certificate;
const BEGIN = 'earthshine/speedtest';
const RATE = 'earthshine/speedtest/rate';
const HELD = 'earthshine/speedtest/held';
const session = {
  kind: 'session',
  id: '0123456789abcdef',
  port: 47998,
  pingPayload: '0123456789abcdef',
  key: '00'.repeat(16),
  kbps: 25_000,
  seconds: 10,
} as const;

let host: TestHost;
let requests: HostRequests;
beforeAll(async () => {
  host = await startHost();
  const address = { host: '127.0.0.1', httpPort: host.ports.http };
  requests = new HostRequests(address, identity, host.identity.certificate.der);
});
afterAll(() => host.close());
beforeEach(async () => {
  await host.devices.add({ fingerprint, name: 'Probe', certificatePem: pair.certPem });
  await host.devices.permit(fingerprint, { speedTest: true });
  host.speedTests.calls.length = 0;
  host.speedTests.lines = [session, { kind: 'sending' }];
  host.speedTests.refusal = undefined;
  host.speedTests.stops = 0;
});

async function refusal(answer: Promise<unknown>): Promise<{ status: number; message: string }> {
  const error = await answer.then(
    () => undefined,
    (why: unknown) => why,
  );
  expect(error).toBeInstanceOf(HostRefused);
  const { status, hostMessage } = error as HostRefused;
  return { status, message: hostMessage };
}

describe('a speed test over HTTPS', () => {
  it('is told line by line, and ends with the connection', async () => {
    const gone = new AbortController();
    const lines = await requests.httpsLines(
      BEGIN,
      { kbps: 25_000, seconds: 10 },
      { signal: gone.signal },
    );
    const read = lines[Symbol.asyncIterator]();
    expect(JSON.parse((await read.next()).value as string)).toEqual(session);
    expect(JSON.parse((await read.next()).value as string)).toEqual({ kind: 'sending' });
    expect(host.speedTests.calls).toMatchObject([
      { kind: 'begin', request: { kbps: 25_000, seconds: 10, remoteAddress: '127.0.0.1' } },
    ]);
    expect(host.speedTests.stops).toBe(0);
    gone.abort();
    await expect(read.next()).rejects.toThrow();
    for (let look = 0; look < 100 && host.speedTests.stops === 0; look++) await sleep(10);
    expect(host.speedTests.stops).toBeGreaterThan(0);
  });

  it('goes on to the device whose certificate it is, capped', async () => {
    const gone = new AbortController();
    const query = { kbps: 4_000_000_000, seconds: 3600 };
    const lines = await requests.httpsLines(BEGIN, query, { signal: gone.signal });
    await lines[Symbol.asyncIterator]().next();
    gone.abort();
    expect(host.speedTests.calls[0]!.request).toMatchObject({
      device: { fingerprint },
      kbps: 3_000_000,
      seconds: 10,
    });
  });

  it('needs the permission, and the refusal says where it is given', async () => {
    await host.devices.permit(fingerprint, { speedTest: false });
    for (const path of [BEGIN, RATE, HELD]) {
      const { status, message } = await refusal(
        requests.https(path, { kbps: 25_000, seconds: 10 }),
      );
      expect(status).toBe(403);
      expect(message).toContain('"May run speed tests"');
      expect(message).toContain('--speed-test on');
    }
    expect(host.speedTests.calls).toEqual([]);
  });

  it('is no affair of plain HTTP or of a strange certificate', async () => {
    expect((await refusal(requests.http(BEGIN, { kbps: 25_000, seconds: 10 }))).status).toBe(404);
    const other = makeClientIdentity();
    const stranger = new HostRequests(
      { host: '127.0.0.1', httpPort: host.ports.http },
      readClientIdentity(other.certPem, other.privateKeyPem),
    );
    expect((await refusal(stranger.httpsLines(BEGIN, { kbps: 1000, seconds: 1 }))).status).toBe(
      401,
    );
    expect(host.speedTests.calls).toEqual([]);
  });

  it.each([
    [{}, 'kbps'],
    [{ kbps: 99, seconds: 1 }, 'kbps'],
    [{ kbps: '25e3', seconds: 1 }, 'kbps'],
    [{ kbps: 25_000 }, 'seconds'],
    [{ kbps: 25_000, seconds: 0 }, 'seconds'],
  ])('refuses %j', async (query, name) => {
    const answer = await refusal(requests.httpsLines(BEGIN, query));
    expect(answer.status).toBe(400);
    expect(answer.message).toContain(`"${name}"`);
    expect(host.speedTests.calls).toEqual([]);
  });

  it('passes refusals and rates on', async () => {
    host.speedTests.refusal = new SpeedTestRefused(409, 'Another one runs.');
    expect(await refusal(requests.httpsLines(BEGIN, { kbps: 1000, seconds: 1 }))).toEqual({
      status: 409,
      message: 'Another one runs.',
    });
    host.speedTests.refusal = undefined;
    const answer = await requests.https(RATE, { session: session.id, kbps: 50_000 });
    expect(answer.text('kbps')).toBe('50000');
    expect(host.speedTests.calls.at(-1)).toEqual({ kind: 'rate', id: session.id, kbps: 50_000 });
    expect((await refusal(requests.https(RATE, { session: 'x', kbps: 1000 }))).status).toBe(400);
  });

  it('passes on what was held, and takes no figure that no test finds', async () => {
    const answer = await requests.https(HELD, { session: session.id, kbps: 30_000 });
    expect(answer.text('kbps')).toBe('30000');
    expect(host.speedTests.calls).toEqual([{ kind: 'held', id: session.id, kbps: 30_000 }]);
    host.speedTests.refusal = new SpeedTestRefused(404, 'This speed test is over.');
    const late = requests.https(HELD, { session: session.id, kbps: 3_000_000 });
    expect(await refusal(late)).toEqual({ status: 404, message: 'This speed test is over.' });
    host.speedTests.calls.length = 0;
    for (const [query, name] of [
      [{ session: session.id, kbps: 3_000_001 }, 'kbps'],
      [{ session: session.id, kbps: 999 }, 'kbps'],
      [{ session: session.id, kbps: '3e4' }, 'kbps'],
      [{ session: session.id }, 'kbps'],
      [{ session: session.id.slice(1), kbps: 30_000 }, 'session'],
      [{ kbps: 30_000 }, 'session'],
    ] as const) {
      const { status, message } = await refusal(requests.https(HELD, query));
      expect(status).toBe(400);
      expect(message).toContain(`"${name}"`);
    }
    expect(host.speedTests.calls).toEqual([]);
  });

  it('ends with the host', async () => {
    const own = await startHost();
    await own.devices.add({ fingerprint, name: 'Probe', certificatePem: pair.certPem });
    await own.devices.permit(fingerprint, { speedTest: true });
    own.speedTests.lines = [session];
    const client = new HostRequests({ host: '127.0.0.1', httpPort: own.ports.http }, identity);
    const lines = await client.httpsLines(BEGIN, { kbps: 1000, seconds: 1 });
    const read = lines[Symbol.asyncIterator]();
    await read.next();
    await own.close();
    await expect(read.next()).rejects.toThrow();
    expect(own.speedTests.stops).toBeGreaterThan(0);
  });
});
