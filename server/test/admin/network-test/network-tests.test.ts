import { afterEach, beforeEach, expect, it } from 'vitest';

import { startAdmin, streaming } from '../admin-harness.ts';
import type { Admin, Answer } from '../admin-harness.ts';
import { connect, TestClient } from './test-client.ts';

let admin: Admin;
let cookie: string;

beforeEach(async () => {
  admin = await startAdmin();
  cookie = await admin.setUp();
});
afterEach(() => admin.close());

const begin = () => admin.ask('POST', '/api/v1/network/test', { cookie });
const refusal = ({ status, json }: Answer) => [status, json.error.code, json.error.reason];

async function join(ticket: string, role: 'load' | 'delay'): Promise<TestClient> {
  const client = await connect(admin.server.port, `ticket=${ticket}&role=${role}`);
  if (!(client instanceof TestClient)) throw new Error(`refused with ${client}`);
  return client;
}

it('carries bytes both ways beside an echo, in a process that ends with the page', async () => {
  const { status, json } = await begin();
  expect([status, json.milliseconds]).toEqual([201, 10_000]);
  const load = await join(json.ticket, 'load');
  const delay = await join(json.ticket, 'delay');

  load.send('down');
  await expect.poll(() => load.bytes).toBeGreaterThan(4_000_000);
  delay.send('1234.5');
  await expect.poll(() => delay.texts).toEqual(['1234.5']);
  load.send('stop');
  await expect.poll(() => load.texts).toEqual(['sent']);
  const sent = load.bytes;

  load.send('up');
  for (let times = 0; times < 5; times += 1) load.sendBytes(200_000);
  const counted = () => JSON.parse(load.texts.at(-1)!).received as number;
  await expect.poll(counted).toBe(1_000_000);
  load.send('stop');
  expect(load.bytes).toBe(sent);

  expect(admin.server.testsNetwork).toBe(true);
  load.end();
  expect(await delay.closed).toBe(1000);
  await expect.poll(() => admin.server.testsNetwork).toBe(false);
});

it('is one at a time, and none while somebody streams', async () => {
  const first = await begin();
  const load = await join(first.json.ticket, 'load');
  const delay = await join(first.json.ticket, 'delay');
  expect(refusal(await begin())).toEqual([409, 'conflict', 'test-runs']);
  load.send('down');
  await expect.poll(() => load.bytes).toBeGreaterThan(0);

  admin.sessions.set([streaming]);
  expect(await delay.closed).toBe(4001);
  await expect.poll(() => admin.server.testsNetwork).toBe(false);
  const late = await begin();
  expect(refusal(late)).toEqual([409, 'conflict', 'streaming']);
  expect(late.json.error.message).toMatch(/^Somebody is streaming/);
});

it('is for who signed in, and ends with the sign-in', async () => {
  expect(refusal(await admin.ask('POST', '/api/v1/network/test', { owner: true }))).toEqual([
    409,
    'conflict',
    'no-network',
  ]);
  const { json } = await begin();
  await join(json.ticket, 'load');
  const delay = await join(json.ticket, 'delay');
  // By then the host knows that both are there, and takes its own connections again.
  delay.send('1');
  await expect.poll(() => delay.texts).toEqual(['1']);
  await admin.ask('POST', '/api/v1/logout', { cookie });
  expect(await delay.closed).toBe(4002);
});

it('takes no connection without its ticket, and sends what else comes just then back to the host', async () => {
  const { json } = await begin();
  const { port } = admin.server;
  expect(await connect(port, `ticket=${'0'.repeat(32)}&role=load`)).toBe(403);
  expect(
    await connect(port, `ticket=${json.ticket}&role=load`, { Origin: 'https://evil.example' }),
  ).toBe(403);
  const other = await admin.ask('GET', '/api/v1/session', { cookie });
  expect([other.status, other.headers.location]).toEqual([307, '/api/v1/session']);

  await join(json.ticket, 'load');
  const delay = await join(json.ticket, 'delay');
  expect(await connect(port, `ticket=${json.ticket}&role=delay`)).toBe(404);
  expect((await admin.ask('GET', '/api/v1/session', { cookie })).json.signedIn).toBe(true);
  delay.end();
});

it('ends with a message that is larger than a page sends', async () => {
  const { json } = await begin();
  const load = await join(json.ticket, 'load');
  const delay = await join(json.ticket, 'delay');
  load.send('up');
  load.sendBytes(2_000_000);
  expect(await load.closed).toBe(1009);
  expect(await delay.closed).toBe(1000);
});

it('says why when its process cannot be started', async () => {
  const broken = await admin.again({
    networkTest: { command: process.execPath, args: ['-e', 'process.exit(1)'] },
    socketPath: `${admin.socketPath}.2`,
  });
  const answer = await admin.ask('POST', '/api/v1/network/test', { cookie, port: broken.port });
  expect(refusal(answer)).toEqual([503, 'busy', 'no-process']);
  expect(broken.testsNetwork).toBe(false);
  await broken.close();
});
