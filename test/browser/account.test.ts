import type { Page } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';

import { PASSWORD, closeBrowser, visit } from './support/visit.ts';

afterAll(closeBrowser);

test('the first visit sets the password with the secret that the host printed', async () => {
  const { admin, page, faults, field, button } = await visit({ signIn: false });
  faults.expect(/\/api\/v1\/setup$/);
  await page.getByRole('heading', { name: 'Welcome to Earthshine' }).waitFor();
  await field('First-run secret').fill('AAAA-BBBB-CCCC-DDDD');
  await page.getByLabel('Choose a password').fill(PASSWORD);
  await page.getByLabel('Once more').fill('something else');
  await button('Begin').click();
  await expectAlert(page, 'The two passwords differ.');

  await page.getByLabel('Once more').fill(PASSWORD);
  await button('Begin').click();
  await expectAlert(page, /The secret is wrong\./);
  expect(admin.server.firstRunSecret).toBeDefined();

  await field('First-run secret').fill(admin.server.firstRunSecret!.toLowerCase());
  await button('Begin').click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  expect(await page.title()).toBe('Overview · living-room · Earthshine');

  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
});

test('a password that is too short is not sent', async () => {
  const { page, button, field } = await visit({ signIn: false });
  await field('First-run secret').fill('AAAA-BBBB-CCCC-DDDD');
  await page.getByLabel('Choose a password').pressSequentially('short');
  await page.getByLabel('Once more').pressSequentially('short');
  await button('Begin').click();
  expect(await page.locator('input[autocomplete=new-password]:invalid').count()).toBe(2);
  expect(await page.getByRole('alert').count()).toBe(0);
});

test('wrong passwords are refused, then held back, then the right one is let in', async () => {
  const { page, faults, button } = await visit({
    signIn: false,
    before: (admin) => admin.setUp(),
  });
  faults.expect(/\/api\/v1\/login$/);
  const password = page.getByLabel('Password');
  const enabled = page.locator('button:enabled', { hasText: 'Sign in' });
  for (let tries = 1, wait = 0; wait < 4; tries++) {
    // Three are free; then the wait doubles, until it is longer than a slow machine takes to look.
    expect(tries).toBeLessThan(10);
    await enabled.waitFor();
    await password.fill(`wrong ${tries}`);
    const [answer] = await Promise.all([page.waitForResponse(/\/login$/), password.press('Enter')]);
    expect(tries <= 3 ? [403] : [403, 429]).toContain(answer.status());
    if (answer.status() === 429) wait = Number(answer.headers()['retry-after']);
    await expect.poll(() => password.inputValue()).toBe('');
  }
  await expectAlert(page, /Too many wrong tries\. Try again in \d s\./);
  expect(await button('Sign in').isDisabled()).toBe(true);
  // The sentence goes when the time is over.
  await page.getByRole('alert').waitFor({ state: 'detached' });
  await password.fill(PASSWORD);
  await button('Sign in').click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
});

test('the sign-ins are listed, and the others are ended', async () => {
  const { admin, page, go, button, dialog } = await visit();
  await admin.ask('POST', '/api/v1/login', {
    body: { password: PASSWORD },
    headers: { 'user-agent': 'Mozilla/5.0 (iPhone; CPU) Version/26.0 Mobile Safari/604.1' },
  });
  await go('Account');
  const phone = page.getByRole('listitem').filter({ hasText: 'Safari on iPhone' });
  await phone.waitFor();
  await page.getByText('this browser', { exact: true }).waitFor();
  await button('End the other one').click();
  await dialog('End every other sign-in?').getByRole('button', { name: 'End the other' }).click();
  await phone.waitFor({ state: 'detached' });
  await page.getByText('this browser', { exact: true }).waitFor();
});

test('a token is made with the password, shown once, used and removed', async () => {
  const { admin, page, go, button, dialog } = await visit();
  await go('Account');
  await button('New token').click();
  const made = dialog();
  await made.getByLabel('Name').fill('Grafana');
  await made.getByLabel('Your password').fill(PASSWORD);
  await made.getByRole('button', { name: 'Make it' }).click();
  await page.getByText('Copy it now').waitFor();
  const secret = await made.getByText(/^earthshine_[\w-]{43}$/).textContent();
  const answer = await admin.ask('GET', '/metrics', {
    headers: { authorization: `Bearer ${secret}` },
    sameOrigin: false,
  });
  expect(answer.text).toContain('earthshine_sessions 0');
  await button('I have it').click();
  const row = page.getByRole('listitem').filter({ hasText: 'Grafana' });
  await row.filter({ hasText: 'look' }).waitFor();
  expect(await page.getByText(secret!).count()).toBe(0);
  await button('Remove Grafana').click();
  await dialog('Remove Grafana?').getByRole('button', { name: 'Remove' }).click();
  await row.waitFor({ state: 'detached' });
});

test('signing out ends this sign-in, and the pages forget what they showed', async () => {
  const { page, go, button, context } = await visit();
  await go('Account');
  await button('Sign out').click();
  await page.getByRole('heading', { level: 1, name: 'living-room' }).waitFor();
  expect(await page.getByText('This host').count()).toBe(0);
  expect(await context.cookies()).toEqual([]);
});

test('a sign-in that is over is asked for again, above what is being edited', async () => {
  const { admin, page, faults, go, button, field, dialog } = await visit();
  faults.expect(/\/api\/v1\/(apps|events)$/);
  await go('Apps');
  await button('Add an app').click();
  await field('Title').fill('A game');
  await admin.ask('PUT', '/api/v1/owner/password', {
    owner: true,
    body: { newPassword: 'staple horse correct' },
  });
  const again = dialog('Sign in');
  await again.getByLabel('Password').fill('staple horse correct');
  await again.getByRole('button', { name: 'Sign in' }).click();
  await again.waitFor({ state: 'detached' });
  expect(await field('Title').inputValue()).toBe('A game');
  await page.getByRole('heading', { level: 1, name: 'Apps' }).waitFor();
});

test('a new password is asked for with the old one, and every other sign-in ends', async () => {
  const { admin, page, context, faults, url, go, button } = await visit();
  faults.expect(/\/api\/v1\/(password|events)$/);
  const other = await (await context.browser()!.newContext({ ignoreHTTPSErrors: true })).newPage();
  await other.goto(url);
  await other.getByLabel('Password').fill(PASSWORD);
  await other.getByRole('button', { name: 'Sign in' }).click();
  await other.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();

  await go('Account');
  await page.getByLabel('Current password').fill('not it');
  await page.getByLabel('New password').fill('a better one');
  await button('Change password').click();
  await expectAlert(page, 'The password is wrong.');
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByLabel('New password').fill('password');
  await button('Change password').click();
  await expectAlert(page, 'it is one of the first that a guesser tries');
  await page.getByLabel('New password').fill('a better one');
  await button('Change password').click();
  await page.getByText('The password is changed.').waitFor();

  // The other page is told by the end of its event stream.
  await other.getByLabel('Password').waitFor({ timeout: 20_000 });
  admin.status.name = 'kitchen';
  await page.getByText('kitchen').first().waitFor();
  await other.context().close();
});

test('the pages speak the browser’s language, or the one that is chosen', async () => {
  const { page, go } = await visit({ locale: 'de-AT' });
  await page.getByRole('heading', { level: 1, name: 'Übersicht' }).waitFor();
  expect(await page.locator('html').getAttribute('lang')).toBe('de');
  await page.getByRole('link', { name: 'Konto' }).click();
  await page.getByLabel('Sprache').selectOption('en');
  await page.getByRole('heading', { level: 1, name: 'Account' }).waitFor();
  await page.reload();
  await go('Overview');
});

test('an error is told in the language of the page', async () => {
  const { page, faults } = await visit({ locale: 'de', signIn: false, before: (a) => a.setUp() });
  faults.expect(/\/api\/v1\/login$/);
  await page.getByLabel('Passwort').fill('not it');
  await page.getByRole('button', { name: 'Anmelden' }).click();
  await expectAlert(page, 'Das Passwort ist falsch.');
});

test('under a name that the host does not know, the page says what to do', async () => {
  const { page, admin, faults } = await visit();
  faults.expect(/elsewhere\.example/);
  const answer = await page.goto(`https://elsewhere.example:${admin.server.port}/`);
  expect(answer?.status()).toBe(421);
  await page.getByText('Use its address or its name on the local network').waitFor();
});

async function expectAlert(page: Page, text: string | RegExp) {
  await page.getByRole('alert').filter({ hasText: text }).waitFor();
}
