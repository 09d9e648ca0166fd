import { afterAll, expect, test } from 'vitest';

import { FINGERPRINT } from '../../server/test/admin/admin-harness.ts';
import type { Admin } from '../../server/test/admin/admin-harness.ts';
import { expectAccessible } from './support/axe.ts';
import { takeScreenshots } from './support/screenshots.ts';
import { stream } from './support/streams.ts';
import { closeBrowser, visit } from './support/visit.ts';

afterAll(closeBrowser);

/** A host that is used: two devices, a stream, things to know of. */
async function fill(admin: Admin): Promise<void> {
  await admin.devices.add({ fingerprint: FINGERPRINT, name: 'TV', certificatePem: 'certificate' });
  await admin.devices.add({
    fingerprint: 'cd'.repeat(32),
    name: 'Steam Deck',
    certificatePem: 'another',
  });
  admin.sessions.set([stream({ device: { fingerprint: FINGERPRINT, name: 'TV' } })]);
  admin.findings = [
    {
      id: 'input',
      state: 'bad',
      code: 'not-permitted',
      reason: 'This user may not make virtual devices (/dev/uinput): controllers do not work.',
      remedy: 'Allow it:\n$ sudo usermod -aG input "$USER"',
    },
    {
      id: 'firewall',
      state: 'note',
      code: 'active',
      parameters: { names: 'ufw' },
      reason: 'A firewall is active (ufw). If devices do not find this host, it keeps them out.',
      remedy: 'Let them in:\n$ sudo ufw allow 47989/tcp',
    },
    { id: 'host', state: 'good', code: 'runs', reason: 'The host runs.' },
    { id: 'network', state: 'good', code: 'there', reason: 'The machine is on a network.' },
  ];
}

const PAGES = ['overview', 'devices', 'apps', 'settings', 'doctor', 'log', 'account'] as const;

test('axe finds nothing serious on any page, in the dark and in the light', async () => {
  const { page, url } = await visit({ before: fill });
  for (const name of PAGES) {
    await page.goto(`${url}/#/${name}`);
    await page.locator('main h1').waitFor();
    await expect.poll(() => page.locator('main [role=status]:has-text("…")').count()).toBe(0);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page);
    }
    await takeScreenshots(page, name);
  }
});

test('an address that is none says so', async () => {
  const { page, url } = await visit();
  await page.goto(`${url}/#/nowhere/at/all`);
  await page.getByRole('heading', { level: 1, name: 'No such page' }).waitFor();
  await page.getByRole('link', { name: 'Go to the overview' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
});
