import { afterAll, expect, test } from 'vitest';

import { stream } from './support/streams.ts';
import { closeBrowser, visit } from './support/visit.ts';

afterAll(closeBrowser);

test('a page survives the restart of the host, and follows it again', async () => {
  const { admin, page, faults } = await visit();
  faults.expect(/\/api\/v1\/(events$|session$|apps\/desktop\/(art|thumbnail))/);
  admin.sessions.set([stream()]);
  await page.getByText('57 new').waitFor();
  const { port } = admin.server;
  await admin.server.close();
  await page.getByText('The host does not answer. What you see may be old').waitFor();
  // What was known last stays to be read.
  expect(await page.getByText('57 new').count()).toBe(1);

  await admin.again({ port });
  await page.getByText('The host does not answer.').waitFor({ state: 'detached', timeout: 30_000 });
  admin.sessions.set([stream({ frames: 21 })]);
  await page.getByText('21 new').waitFor();
});

test('a page that is opened while the host is away comes by itself when it is back', async () => {
  const { admin, page, faults } = await visit();
  faults.expect(/\/api\/v1\/(events|session)$/);
  await page.route('**/api/v1/session', (route) => route.abort('connectionrefused'));
  await page.reload();
  await page.getByRole('heading', { name: 'No answer' }).waitFor();
  await page.getByText('The host does not answer. Is it running').waitFor();
  expect(admin.server.port).toBeGreaterThan(0);
  await page.unroute('**/api/v1/session');
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
});

test('a stream of events that is refused is asked for again, with a pause', async () => {
  const { page, faults } = await visit();
  faults.expect(/\/api\/v1\/events$/);
  let asked = 0;
  await page.route('**/api/v1/events', (route) => {
    asked++;
    return asked < 3 ? route.fulfill({ status: 503, body: 'busy' }) : route.continue();
  });
  const begin = Date.now();
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  expect(asked).toBe(3);
  expect(Date.now() - begin).toBeGreaterThan(3500);
});

test('when the sign-in ends elsewhere, the page asks for the password', async () => {
  const { admin, page, faults } = await visit();
  // What the page was asking for just then.
  faults.expect(/\/api\/v1\/(events|recordings)$/);
  const answer = await admin.ask('PUT', '/api/v1/owner/password', {
    owner: true,
    body: { newPassword: 'set on the machine itself' },
  });
  expect(answer.status).toBe(204);
  await page.getByLabel('Password').waitFor({ timeout: 20_000 });
  await page.getByLabel('Password').fill('set on the machine itself');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
});
