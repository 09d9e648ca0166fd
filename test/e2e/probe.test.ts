import { readFileSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readClientIdentity } from '../../server/src/client/client-identity.ts';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import { HostRefused } from '../../server/src/client/host-requests.ts';
import type { ProbeJson } from '../../server/src/probe/report.ts';
import { freeBasePort } from './support/free-ports.ts';
import { HostUnderTest } from './support/host-under-test.ts';
import { TestProcess } from './support/processes.ts';

// `earthshine probe` as a person runs it, against the built program. Timing is judged nowhere: a busy machine may
// well earn remarks.

const PROGRAM =
  process.env['EARTHSHINE_E2E_PROGRAM'] ??
  path.resolve(import.meta.dirname, '../../build/earthshine.cjs');
const [COMMAND, PREFIX] = PROGRAM.endsWith('.cjs') ? [process.execPath, [PROGRAM]] : [PROGRAM, []];
const MEASURED = [0, 1];

let host: HostUnderTest;
let identity: string;
beforeAll(async () => {
  host = await HostUnderTest.start();
  identity = path.join(host.data, 'probe-identity');
});
afterAll(() => host?.close());

function start(...words: string[]): TestProcess {
  return new TestProcess('probe', COMMAND, [...PREFIX, 'probe', ...words], {
    env: {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: host.data,
      ...(process.env['EARTHSHINE_ADDON'] && { EARTHSHINE_ADDON: process.env['EARTHSHINE_ADDON'] }),
    },
  });
}

function probe(...words: string[]): TestProcess {
  return start(`127.0.0.1:${host.base}`, '--identity', identity, ...words);
}

async function ended(running: TestProcess): Promise<{ code: number | null; output: string }> {
  const { child } = running;
  if (running.running) await new Promise((resolve) => child.once('exit', resolve));
  // What was written last may still be on its way.
  await running.close();
  return { code: child.exitCode, output: running.output };
}

/** A client with the probe's own certificate. */
async function sameDevice(): Promise<GameStreamClient> {
  const stored = JSON.parse(readFileSync(path.join(identity, 'identity.json'), 'utf8')) as {
    certificate: string;
    privateKey: string;
  };
  const client = await host.client(readClientIdentity(stored.certificate, stored.privateKey));
  await client.publicInfo();
  return client;
}

const jsonOf = (output: string): unknown => JSON.parse(/^\{[^]*^\}$/m.exec(output)![0]);
const sessions = async (): Promise<unknown[]> =>
  (JSON.parse((await host.ctl('sessions', 'list', '--json')).stdout) as { sessions: unknown[] })
    .sessions;

describe('earthshine probe', () => {
  it('pairs with a PIN, streams the test pattern, quits it and reports', async () => {
    const running = probe(
      '--seconds',
      '2',
      '--mode',
      '640x360',
      '--fps',
      '30',
      '--bitrate',
      '5000',
    );
    const [, pin] = await running.says(/--pin (\d{4})/, 20_000);
    expect(await host.answerPin(pin!)).toBe(0);
    const { code, output } = await ended(running);
    expect(MEASURED, output).toContain(code);
    expect(output).toContain('Streaming "Test pattern" from under-test at 640×360, 30 fps');
    expect(output).toMatch(/Packets lost +\d+ of \d+/);
    expect(output).toMatch(/Round trip +\d+ ms/);
    expect(output).toMatch(/In the host +[\d.]+ ms/);
    expect(await sessions()).toEqual([]);
  });

  it('keeps its key to itself, and is known from then on', async () => {
    for (const [name, mode] of [
      ['', 0o700],
      ['identity.json', 0o600],
      ['hosts.json', 0o600],
    ] as const) {
      expect((await stat(path.join(identity, name))).mode & 0o777, name).toBe(mode);
    }
    const { code, output } = await ended(probe('--seconds', '1', '--json'));
    expect(MEASURED, output).toContain(code);
    const report = jsonOf(output) as ProbeJson;
    expect(report).toMatchObject({
      version: 1,
      host: { name: 'under-test', address: '127.0.0.1', port: host.base },
      stream: { app: 'Test pattern', width: 1280, height: 720, fps: 60 },
    });
    expect(report.verdict).toBe(code === 0 ? 'good' : 'remarks');
    expect(report.stream!.frames).toBeGreaterThan(0);
    expect(report.stream!.throughputKbps).toBeGreaterThan(0);
  });

  it('runs a speed test once the owner permits it', async () => {
    const refused = await ended(probe('--speed-test', '20', '--json'));
    expect(refused.code).toBe(5);
    expect(jsonOf(refused.output)).toMatchObject({ version: 1, error: { code: 'not-permitted' } });

    await host.ctl('clients', 'set', await deviceId(), '--speed-test', 'on');
    const { code, output } = await ended(probe('--speed-test', '20', '--seconds', '6', '--json'));
    expect(MEASURED, output).toContain(code);
    const { speedTest, recommendation } = jsonOf(output) as ProbeJson;
    expect(speedTest!.limitKbps).toBe(20_000);
    expect(speedTest!.steps.every(({ kbps }) => kbps <= 20_000)).toBe(true);
    expect(speedTest!.roundTrip!.p50).toBeGreaterThan(0);
    expect(speedTest!.held!.packets).toBeGreaterThan(40);
    expect(recommendation.bitrateKbps).toBeLessThanOrEqual(20_000);

    const second = probe('--speed-test', '5', '--seconds', '4');
    await second.says(/Speed test:/);
    const busy = await ended(start(`127.0.0.1:${host.base}`, '--identity', identity));
    expect(busy.code).toBe(5);
    expect(busy.output).toContain('Another earthshine probe (process ');
    expect(MEASURED).toContain((await ended(second)).code);
  });

  it('has streams to its address keep to what it found, until another test begins', async () => {
    const client = await sameDevice();
    const app = (await client.app('Test pattern')).id;
    const told = async (): Promise<string[]> => {
      const stream = await client.stream(app, {
        width: 640,
        height: 360,
        fps: 30,
        bitrateKbps: 20_000,
      });
      const [session] = (await sessions()) as { adjustments: string[] }[];
      await stream.close();
      await client.requests.https('cancel', {});
      return session!.adjustments;
    };
    const tested = async (heldKbps?: number): Promise<void> => {
      const gone = new AbortController();
      let lines: AsyncIterable<string> | undefined;
      // The test before may still be ending.
      for (const limit = Date.now() + 20_000; !lines; await sleep(50)) {
        const query = { kbps: 1000, seconds: 1 };
        lines = await client.requests
          .httpsLines('earthshine/speedtest', query, { signal: gone.signal })
          .catch((error: unknown) => {
            const busy = error instanceof HostRefused && error.status === 409;
            if (busy && Date.now() < limit) return undefined;
            throw error;
          });
      }
      const { value } = await lines[Symbol.asyncIterator]().next();
      const { id } = JSON.parse(value as string) as { id: string };
      if (heldKbps !== undefined) {
        const held = { session: id, kbps: heldKbps };
        await client.requests.https('earthshine/speedtest/held', held);
      }
      gone.abort();
    };
    await tested();
    expect(await told()).toEqual([]);
    await tested(10_000);
    expect(await told()).toEqual([
      '20000 kbit/s were asked for; the stream has 8000 kbit/s, which is what a speed test from this address found.',
    ]);
    await tested();
    expect(await told()).toEqual([]);
  });

  it('quits the app at Ctrl-C', async () => {
    const running = probe('--seconds', '60');
    await running.says(/Streaming/);
    const limit = Date.now() + 20_000;
    while ((await sessions()).length === 0 && Date.now() < limit);
    running.child.kill('SIGINT');
    const { code, output } = await ended(running);
    expect(code).toBe(130);
    expect(output).toContain('Stopped.');
    expect(await sessions()).toEqual([]);
  });

  it('says when this identity streams already, and takes over when told to', async () => {
    const other = await sameDevice();
    const app = (await other.app('Test pattern')).id;
    const stream = await other.stream(app, { width: 640, height: 360, fps: 30 });
    const refused = await ended(probe('--seconds', '1'));
    expect(refused.code).toBe(5);
    expect(refused.output).toContain('This identity streams "Test pattern" from that host already');
    const { code, output } = await ended(probe('--seconds', '1', '--take-over'));
    expect(MEASURED, output).toContain(code);
    await stream.close();
    expect(await sessions()).toEqual([]);
  });

  it('has an exit code for everything that goes wrong before', async () => {
    const nowhere = await freeBasePort();
    const unreachable = await ended(start(`127.0.0.1:${nowhere}`, '--identity', identity));
    expect(unreachable.code).toBe(3);
    expect(unreachable.output).toContain('Nothing answers like a GameStream host');
    expect((await ended(start('no-such-host.invalid', '--identity', identity))).code).toBe(3);
    expect((await ended(start())).code).toBe(2);
    const app = await ended(probe('--app', 'No such app'));
    expect(app.code).toBe(5);
    expect(app.output).toContain('"Test pattern"');

    const stranger = path.join(host.data, 'stranger');
    const wrong = start(`127.0.0.1:${host.base}`, '--identity', stranger, '--json');
    const [, pin] = await wrong.says(/--pin (\d{4})/, 20_000);
    expect(await host.answerPin(pin === '0000' ? '1111' : '0000')).toBe(5);
    const { code, output } = await ended(wrong);
    expect(code).toBe(4);
    expect(jsonOf(output)).toMatchObject({ error: { code: 'wrong-pin' } });
    await rm(stranger, { recursive: true });
  });

  it('asks for a PIN again when the host has forgotten this machine', async () => {
    await host.ctl('clients', 'remove', await deviceId());
    const running = probe('--seconds', '1');
    const [, pin] = await running.says(
      /does not know this machine any more[^]*--pin (\d{4})/,
      20_000,
    );
    expect(await host.answerPin(pin!)).toBe(0);
    expect(MEASURED).toContain((await ended(running)).code);
  });
});

it('earthshine probe tells what a bad network does to a stream', async () => {
  const bad = await HostUnderTest.start({ arguments: ['--drop', '4:1:7'] });
  try {
    const running = start(
      ...[`127.0.0.1:${bad.base}`, '--identity', path.join(bad.data, 'probe-identity')],
      ...['--seconds', '4', '--bitrate', '8000', '--json'],
    );
    const [, pin] = await running.says(/--pin (\d{4})/, 20_000);
    expect(await bad.answerPin(pin!)).toBe(0);
    const { code, output } = await ended(running);
    expect(code, output).toBe(1);
    const { stream, remarks, recommendation } = jsonOf(output) as ProbeJson;
    const share = stream!.lostPackets / stream!.packets;
    expect(share).toBeGreaterThan(0.01);
    expect(share).toBeLessThan(0.1);
    expect(stream!.recoveredPackets).toBeGreaterThan(0);
    expect(remarks.map((one) => one.code)).toContain('packets-lost');
    expect(recommendation.bitrateKbps).toBeLessThan(8000);
    expect(recommendation.fecPercentage).toBeGreaterThan(5);
  } finally {
    await bad.close();
  }
});

async function deviceId(): Promise<string> {
  const text = await readFile(path.join(identity, 'identity.json'), 'utf8');
  const { certificate, privateKey } = JSON.parse(text) as {
    certificate: string;
    privateKey: string;
  };
  return readClientIdentity(certificate, privateKey).certificate.fingerprint;
}
