import { afterAll, expect, test, vi } from 'vitest';

import { applyForPairing } from '../../server/test/admin/admin-harness.ts';
import { closeBrowser, visit } from './support/visit.ts';

afterAll(closeBrowser);

const card = (address: string) => ({ name: `A device at ${address} wants to pair` });

test('a device that wants to pair appears by itself, and its PIN lets it in', async () => {
  const { admin, page, go } = await visit();
  await go('Devices');
  await page.getByRole('heading', { name: 'No device is paired yet' }).waitFor();
  applyForPairing(admin, '192.0.2.30', '4711');
  const asked = page.getByRole('region', card('192.0.2.30'));
  await asked.getByText(admin.desk.waiting()[0]!.words).waitFor();
  await expect.poll(() => page.title()).toBe('(1) Devices · living-room · Earthshine');
  expect(await page.getByRole('link', { name: 'Devices 1 device waits to pair' }).count()).toBe(1);
  const icon = page.locator('link[rel=icon]');
  expect(await icon.getAttribute('href')).toBe('/icon-waiting.svg');
  expect(await asked.getByRole('timer').textContent()).toMatch(/^(1:\d\d|2:00)$/);

  await asked.getByLabel('PIN').fill('4711');
  await asked.getByLabel('Name').fill('Living-room TV');
  await asked.getByRole('button', { name: 'Let it in' }).click();
  await page.getByRole('heading', { name: 'Living-room TV is paired' }).waitFor();
  await page.getByRole('heading', { level: 3, name: 'Living-room TV' }).waitFor();
  expect(admin.devices.list().map((device) => device.name)).toEqual(['Living-room TV']);
  await expect.poll(() => page.title()).toBe('Devices · living-room · Earthshine');
  expect(await icon.getAttribute('href')).toBe('/icon.svg');

  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByText('Living-room TV is paired').waitFor({ state: 'detached' });
});

test('a wrong PIN is said, and the device that tries again gets a new card', async () => {
  const { admin, page } = await visit();
  applyForPairing(admin, '192.0.2.30', '4711');
  const asked = page.getByRole('region', card('192.0.2.30'));
  await asked.getByLabel('PIN').fill('1147');
  await asked.getByLabel('PIN').press('Enter');
  await page.getByText('The PIN was wrong. Start pairing again on the device').waitFor();
  expect(admin.devices.list()).toEqual([]);

  applyForPairing(admin, '192.0.2.30', '4712');
  await asked.getByLabel('PIN').fill('4712');
  await asked.getByLabel('PIN').press('Enter');
  await page.getByRole('heading', { name: 'Device at 192.0.2.30 is paired' }).waitFor();
  await page.getByText('The PIN was wrong').waitFor({ state: 'detached' });
});

test('while the device is asked, the card stays and says so', async () => {
  const { admin, page } = await visit();
  const parked = admin.desk.park({
    fingerprint: '5c'.repeat(32),
    certificatePem: 'certificate',
    uniqueId: '0123456789ABCDEF',
    address: '192.0.2.30',
  });
  const asked = page.getByRole('region', card('192.0.2.30'));
  await asked.getByLabel('PIN').fill('4711');
  await asked.getByRole('button', { name: 'Let it in' }).click();
  expect(await parked.pin).toBe('4711');
  // The host has forgotten the request by now: it waits for no PIN any more.
  await page.getByRole('link', { name: /^Devices$/ }).waitFor();
  expect(await asked.getByRole('button', { name: 'Asking the device…' }).isDisabled()).toBe(true);
  await parked.conclude('broken');
  await page.getByText('The device broke off. Start pairing again on it.').waitFor();
});

test('a request can be turned away', async () => {
  const { admin, page, button } = await visit();
  applyForPairing(admin, '192.0.2.30', '4711');
  await button('Turn it away').click();
  await page.getByRole('region', card('192.0.2.30')).waitFor({ state: 'detached' });
  expect(admin.desk.waiting()).toEqual([]);
  expect(admin.devices.list()).toEqual([]);
});

test('two devices are told apart, and each PIN reaches its own', async () => {
  const { admin, page } = await visit();
  applyForPairing(admin, '192.0.2.30', '1111');
  applyForPairing(admin, 'fe80::1c2d:3e4f:5a6b:7c8d', '2222');
  const second = page.getByRole('region', card('fe80::1c2d:3e4f:5a6b:7c8d'));
  await second.getByText('Several devices wait.').waitFor();
  await second.getByLabel('PIN').fill('2222');
  await second.getByRole('button', { name: 'Let it in' }).click();
  await page
    .getByRole('heading', { name: 'Device at fe80::1c2d:3e4f:5a6b:7c8d is paired' })
    .waitFor();
  expect(admin.desk.waiting().map((request) => request.address)).toEqual(['192.0.2.30']);
  await page.getByText('Several devices wait.').waitFor({ state: 'detached' });
});

test('when the count-down ends, the card says that the time was over', async () => {
  const { admin, page } = await visit();
  await page.clock.install();
  await page.reload();
  await page.getByRole('heading', { level: 1 }).waitFor();
  // This request's two minutes are over on the host when the test says so, and pass in a leap in the browser.
  const { setTimeout: real } = globalThis;
  let expire: (() => void) | undefined;
  const held = vi.spyOn(globalThis, 'setTimeout').mockImplementationOnce(((work: () => void) => {
    expire = work;
    return real(() => undefined, 600_000);
  }) as typeof setTimeout);
  applyForPairing(admin, '192.0.2.30', '4711');
  held.mockRestore();
  const asked = page.getByRole('region', card('192.0.2.30'));
  await asked.waitFor();
  await page.clock.fastForward(119_000);
  await asked
    .getByRole('timer')
    .filter({ hasText: /^0:0[01]$/ })
    .waitFor();
  expire!();
  await page.getByText('Its time was over. Start pairing again on the device.').waitFor();
  await asked.waitFor({ state: 'detached' });
});

test('a request that the device takes back leaves a word', async () => {
  const { admin, page } = await visit();
  const parked = admin.desk.park({
    fingerprint: '5c'.repeat(32),
    certificatePem: 'certificate',
    uniqueId: '0123456789ABCDEF',
    address: '192.0.2.30',
  });
  parked.pin.catch(() => undefined);
  await page.getByRole('region', card('192.0.2.30')).waitFor();
  parked.withdraw();
  await page.getByText('The device broke off, or was answered elsewhere.').waitFor();
});

test('pairing works by the keyboard alone', async () => {
  const { admin, page } = await visit();
  applyForPairing(admin, '192.0.2.30', '4711');
  await page.getByRole('region', card('192.0.2.30')).waitFor();
  // Nothing else had the focus, so the PIN has it.
  await page.keyboard.type('4711');
  await page.keyboard.press('Tab');
  await page.keyboard.type('Phone');
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.textContent.trim()')).toBe('Let it in');
  await page.keyboard.press('Space');
  await page.getByRole('heading', { name: 'Phone is paired' }).waitFor();
});

test('the focus stays where a person types when a device comes', async () => {
  const { admin, page, go, button, dialog } = await visit();
  await go('Apps');
  await button('Add an app').click();
  await dialog('New app').getByRole('textbox', { name: 'Title' }).focus();
  applyForPairing(admin, '192.0.2.30', '4711');
  await page.getByText('A device wants to pair.').waitFor({ state: 'attached' });
  await page.keyboard.type('Steam');
  expect(await dialog('New app').getByRole('textbox', { name: 'Title' }).inputValue()).toBe(
    'Steam',
  );
});

test('new devices can be kept out, and the switch turns only when the host has agreed', async () => {
  const { admin, page, go } = await visit();
  await go('Devices');
  const allowed = page.getByRole('switch', { name: 'New devices may ask to pair' });
  expect(await allowed.getAttribute('aria-checked')).toBe('true');
  await allowed.click();
  await page.getByRole('switch', { checked: false }).waitFor();
  expect(admin.desk.enabled).toBe(false);
  await page.getByText('Allow new devices below').waitFor();
  admin.desk.enabled = true;
  await page.getByRole('switch', { checked: true }).waitFor();
});
