import { afterAll, expect, test } from 'vitest';

import { FINGERPRINT } from '../../server/test/admin/admin-harness.ts';
import type { Admin } from '../../server/test/admin/admin-harness.ts';
import { DrivenSession } from '../../server/test/captures/captured.ts';
import { HEALTHY, simulate } from '../../server/test/captures/simulated-stream.ts';
import { expectAccessible } from './support/axe.ts';
import { takeScreenshots } from './support/screenshots.ts';
import { stream } from './support/streams.ts';
import { closeBrowser, visit } from './support/visit.ts';

afterAll(closeBrowser);

const withTv = {
  before: (admin: Admin) =>
    admin.devices.add({ fingerprint: FINGERPRINT, name: 'TV', certificatePem: 'certificate' }),
};

test('a device is renamed', async () => {
  const { admin, page, go, button, dialog } = await visit(withTv);
  await go('Devices');
  await button('Rename TV').click();
  const name = dialog('Rename the device').getByLabel('Name');
  expect(await name.inputValue()).toBe('TV');
  await name.fill('Living-room TV');
  await name.press('Enter');
  await page.getByRole('heading', { level: 3, name: 'Living-room TV' }).waitFor();
  await dialog().waitFor({ state: 'detached' });
  expect(admin.devices.find(FINGERPRINT)?.name).toBe('Living-room TV');
});

test('a device is disabled and enabled again', async () => {
  const { admin, page, go, button } = await visit(withTv);
  await go('Devices');
  await button('Disable TV').click();
  await page.getByText('Disabled', { exact: true }).waitFor();
  expect(admin.devices.find(FINGERPRINT)?.enabled).toBe(false);
  await button('Enable TV').click();
  await button('Disable TV').waitFor();
  expect(admin.devices.find(FINGERPRINT)?.enabled).toBe(true);
});

test('a device is kept from adapting and may run speed tests', async () => {
  const { admin, page, go } = await visit(withTv);
  await go('Devices');
  await page.getByText('Each by itself', { exact: true }).click();
  const adapt = page.getByRole('switch', { name: 'Adapt to the network' });
  const test = page.getByRole('switch', { name: 'May run speed tests' });
  expect(await adapt.getAttribute('aria-checked')).toBe('true');
  expect(await test.getAttribute('aria-checked')).toBe('false');
  await adapt.click();
  await expect.poll(() => adapt.getAttribute('aria-checked')).toBe('false');
  await test.click();
  await expect.poll(() => admin.devices.find(FINGERPRINT)?.speedTest).toBe(true);
  await expect.poll(() => admin.devices.find(FINGERPRINT)?.adaptive).toBe(false);
});

test('a device may be kept from giving input', async () => {
  const { admin, page, go } = await visit(withTv);
  await go('Devices');
  await page.getByText('Each by itself', { exact: true }).click();
  const input = page.getByRole('switch', { name: 'May use keyboard and mouse' });
  expect(await input.getAttribute('aria-checked')).toBe('true');
  await input.click();
  await expect.poll(() => admin.devices.find(FINGERPRINT)?.input).toBe(false);
  await expect.poll(() => input.getAttribute('aria-checked')).toBe('false');
  await input.click();
  await expect.poll(() => admin.devices.find(FINGERPRINT)?.input).toBe(true);
});

test('a device that streams is shown so, and disabling it is asked about first', async () => {
  const { admin, page, go, button, dialog } = await visit(withTv);
  admin.sessions.set([stream()]);
  await go('Devices');
  await page.getByRole('link', { name: 'Streaming now' }).waitFor();
  await button('Disable TV').click();
  await dialog('Disable TV?').getByRole('button', { name: 'Cancel' }).click();
  expect(admin.devices.find(FINGERPRINT)?.enabled).toBe(true);
  await button('Disable TV').click();
  await dialog('Disable TV?').getByRole('button', { name: 'Disable' }).click();
  await button('Enable TV').waitFor();
  expect(admin.devices.find(FINGERPRINT)?.enabled).toBe(false);
  await page.getByRole('link', { name: 'Streaming now' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
});

test('a device is removed after a question', async () => {
  const { admin, page, go, button, dialog } = await visit(withTv);
  await go('Devices');
  await button('Remove TV').click();
  await page.keyboard.press('Escape');
  await dialog().waitFor({ state: 'detached' });
  await button('Remove TV').click();
  await dialog('Remove TV?').getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('heading', { name: 'No device is paired yet' }).waitFor();
  expect(admin.devices.list()).toEqual([]);
});

test('a question about a device that another page has removed goes away with it', async () => {
  const { admin, page, go, button, dialog } = await visit(withTv);
  await go('Devices');
  await button('Remove TV').click();
  await admin.devices.remove(FINGERPRINT);
  await dialog('Remove TV?').waitFor({ state: 'detached' });
  await page.getByRole('heading', { name: 'No device is paired yet' }).waitFor();
});

test('a device is of a preset, a guest, and has its hours', async () => {
  const { admin, page, go, button, field } = await visit(withTv);
  await go('Devices');
  const preset = page.getByLabel('What it may do');
  expect(await preset.inputValue()).toBe('play');
  await preset.selectOption('watch');
  await expect.poll(() => admin.devices.find(FINGERPRINT)?.launch).toBe(false);
  expect(admin.devices.find(FINGERPRINT)).toMatchObject({ see: true, input: false });

  await page.getByText('Time and bounds').click();
  await page.getByLabel('Guest').selectOption('quit');
  await button('Add a time').click();
  await button('Saturday').click();
  await field('Highest bitrate').fill('30');
  await button('Save').click();
  await expect
    .poll(() => admin.devices.find(FINGERPRINT)?.limits)
    .toEqual({
      untilQuit: true,
      schedule: [{ days: [1, 2, 3, 4, 5, 6], from: '16:00', to: '18:00' }],
      bitrateKbps: 30_000,
    });
});

test('the card of a device tells of its last stream what is to be said of it', async () => {
  const { admin, page, go } = await visit(withTv);
  const session = new DrivenSession(7, { source: 'x11' });
  admin.recorder.observe(session);
  session.happenings.pass({ kind: 'state', state: 'streaming' });
  session.play(simulate({ ...HEALTHY, seconds: 60, encode: 84 }));
  session.end();
  await admin.recordings.settled();
  await go('Devices');
  const card = page.getByRole('listitem').filter({ hasText: 'TV' }).first();
  await card.getByText(/of 60 frames: the encoder needs/).waitFor();
  await card.getByRole('link', { name: 'Its times' }).click();
  await page.getByRole('heading', { level: 1, name: 'Performance' }).waitFor();
});

test('the overview leads from the machine to the first device and its first picture', async () => {
  const { admin, page } = await visit();
  admin.findings = [{ id: 'host', state: 'good', code: 'runs', reason: 'The host runs.' }];
  const step = (name: string) => page.getByRole('listitem').filter({ hasText: name });
  await step('Make it yours').getByText('The password is set.').waitFor();
  await step('Look at this machine').getByText('Nothing stands in the way').waitFor();
  await step('Pair a device').getByText('choose living-room').waitFor();
  await withTv.before(admin);
  await step('See the first picture').getByText('TV is paired.').waitFor();
  const session = new DrivenSession(7, { source: 'x11' });
  admin.recorder.observe(session);
  session.happenings.pass({ kind: 'state', state: 'streaming' });
  admin.sessions.set([stream({ device: { fingerprint: FINGERPRINT, name: 'TV' } })]);
  await page.getByRole('region', { name: 'Stream of TV' }).waitFor();
  session.play(simulate({ ...HEALTHY, seconds: 30 }));
  session.end();
  admin.sessions.set([]);
  await page.getByRole('heading', { name: 'Nobody is streaming' }).waitFor();
});

test.each([
  ['en-GB', 'Why not HDR, HEVC, 4:4:4 …', /^Nothing is known of a stream/, /^Not HEVC:/],
  ['de-DE', 'Warum kein HDR, HEVC, 4:4:4 …', /Stream/, /HEVC/],
])('a device says why its stream lacks something, in %s', async (locale, title, none, wish) => {
  const { admin, page, url } = await visit({ ...withTv, locale });
  await page.goto(`${url}/#/devices`);
  const why = page.getByRole('group').filter({ hasText: title }).last();
  await why.getByText(title).click();
  await why.getByText(none).waitFor();
  // It begins to stream: the answer follows by itself.
  const session = new DrivenSession(7, { source: 'x11' });
  admin.recorder.observe(session);
  session.happenings.pass({ kind: 'state', state: 'streaming' });
  session.play(simulate({ ...HEALTHY, seconds: 12 }));
  admin.sessions.set([stream()]);
  await why.getByRole('term').filter({ hasText: wish }).waitFor();
  expect(await why.getByRole('definition').count()).toBeGreaterThanOrEqual(4);
  await expectAccessible(page);
  if (locale === 'en-GB') await takeScreenshots(page, 'devices-why');
});

test('a device gets screens of a mode of its own', async () => {
  const { admin, go, page, button, field, faults } = await visit(withTv);
  faults.expect(/\/api\/v1\/devices\//);
  await go('Devices');
  await page.getByText('Time and bounds', { exact: true }).click();
  await field('Width').fill('1280');
  await button('Save').click();
  // Half of a mode is none.
  await page.getByRole('alert').first().waitFor();
  await field('Height').fill('720');
  await button('Save').click();
  await expect
    .poll(() => admin.devices.find(FINGERPRINT)?.limits?.mode)
    .toEqual({ width: 1280, height: 720 });
});
