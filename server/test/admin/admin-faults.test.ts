import { afterAll, beforeAll, expect, it } from 'vitest';

import { startAdmin } from './admin-harness.ts';
import type { Admin } from './admin-harness.ts';

let admin: Admin;

beforeAll(async () => {
  admin = await startAdmin();
});

afterAll(() => admin.close());

const own = (method: string, url: string, body?: unknown) =>
  admin.ask(method, url, { owner: true, body });

it('faults are listed with the starts of the host, dismissed, and taken back', async () => {
  admin.faults.report({ device: 'TV', message: 'There is no display.' });
  admin.faults.report({ message: 'An undo command failed.' });
  const { json, status } = await own('GET', '/api/v1/faults');
  expect(status).toBe(200);
  expect(json.starts).toEqual([{ at: expect.any(Number), version: '0.1.0' }]);
  expect(json.faults).toMatchObject([
    { id: 2, message: 'An undo command failed.', count: 1, dismissed: false },
    { id: 1, device: 'TV', message: 'There is no display.' },
  ]);
  const set = async (url: string, body: unknown) => {
    const answer = await own('PATCH', url, body);
    return answer.json.faults?.map((one: { dismissed: boolean }) => one.dismissed) ?? answer.status;
  };
  expect(await set('/api/v1/faults/1', { dismissed: true })).toEqual([false, true]);
  expect(await set('/api/v1/faults/1', { dismissed: false })).toEqual([false, false]);
  expect(await set('/api/v1/faults', { dismissed: true })).toEqual([true, true]);
  expect(await set('/api/v1/faults/7', { dismissed: true })).toBe(404);
  for (const [url, body] of [
    ['/api/v1/faults/0', { dismissed: true }],
    ['/api/v1/faults/x', { dismissed: true }],
    ['/api/v1/faults/1', {}],
    ['/api/v1/faults', { dismissed: false }],
  ] as const) {
    expect([url, await set(url, body)]).toEqual([url, 400]);
  }
});
