import { afterAll, beforeAll, expect, it } from 'vitest';

import { DrivenSession } from '../captures/captured.ts';
import { HEALTHY, simulate } from '../captures/simulated-stream.ts';
import { startAdmin } from './admin-harness.ts';
import type { Admin } from './admin-harness.ts';

let admin: Admin;
let cookie: string;

beforeAll(async () => {
  admin = await startAdmin();
  cookie = await admin.setUp();
});
afterAll(() => admin.close());

it('a fix is offered beside the verdict, applied, undone, and refused where there is none', async () => {
  const session = new DrivenSession(7, { source: 'x11' });
  admin.recorder.observe(session);
  session.happenings.pass({ kind: 'state', state: 'streaming' });
  admin.sessions.set([session.view()]);
  const fix = (method: string, id = 7) =>
    admin.ask(method, `/api/v1/sessions/${id}/fix`, { cookie });

  const nothing = await fix('POST');
  expect([nothing.status, nothing.json.error.reason]).toEqual([409, 'no-fix']);
  session.play(simulate({ ...HEALTHY, seconds: 20, lost: 8, saved: 0.3 }));
  const { json } = await admin.ask('GET', '/api/v1/sessions', { cookie });
  const offered = { kind: 'parity', from: 20, to: 40 };
  expect(json.sessions[0].fix).toEqual({ offered });

  const applied = await fix('POST');
  expect([applied.status, applied.json.fix]).toEqual([
    200,
    { applied: { ...offered, state: 'checking', secondsLeft: 60 } },
  ]);
  expect(admin.sessions.bounds).toEqual([[7, { fecPercentage: 40 }]]);
  const undone = await fix('DELETE');
  expect(undone.json.fix).toEqual({ applied: { ...offered, state: 'undone' } });
  expect(admin.sessions.bounds.at(-1)).toEqual([7, {}]);
  const over = await fix('DELETE');
  expect([over.status, over.json.error.reason]).toEqual([409, 'fix-over']);
  expect((await fix('POST', 8)).status).toBe(404);
});
