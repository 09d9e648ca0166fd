import { afterAll, expect, test } from 'vitest';

import { DrivenSession } from '../../server/test/captures/captured.ts';
import { HEALTHY, simulate } from '../../server/test/captures/simulated-stream.ts';
import { FINGERPRINT, NETWORK_TEST, streaming } from '../../server/test/admin/admin-harness.ts';
import { expectAccessible } from './support/axe.ts';
import { takeScreenshots } from './support/screenshots.ts';
import { closeBrowser, visit } from './support/visit.ts';

afterAll(closeBrowser);

test('the network is measured from the browser, and what it carries becomes the bound of a device', async () => {
  const { admin, page, url, button } = await visit({
    admin: { networkTest: { ...NETWORK_TEST, milliseconds: 6_000 } },
    before: async (host) => {
      await host.devices.add({ fingerprint: FINGERPRINT, certificatePem: '', name: 'TV' });
    },
  });
  await page.goto(`${url}/#/network`);
  await button('Test the network').click();
  await page.getByText('Measuring what arrives here…').waitFor();
  await button('Test again').waitFor();
  // Between two processes of one machine much arrives, both ways.
  const figures = page.getByRole('definition');
  await expect.poll(() => figures.filter({ hasText: /^\s*\d[\d,.]* ?Mbit\/s/ }).count()).toBe(4);
  await expect.poll(() => figures.filter({ hasText: /^\s*\d[\d.]* ?ms/ }).count()).toBe(4);
  await expectAccessible(page);
  await takeScreenshots(page, 'network');

  await button('Use it for “TV”').click();
  await page.getByText('“TV” gets at most this bitrate.').waitFor();
  expect(admin.devices.list()[0]!.limits?.bitrateKbps).toBeGreaterThan(2_000);
  expect(admin.server.testsNetwork).toBe(false);
});

test('a stream ends the test with a sentence, and none begins beside it', async () => {
  const { admin, page, url, button, faults } = await visit({ locale: 'de-DE' });
  faults.expect(/network\/test/);
  await page.goto(`${url}/#/network`);
  await button('Netz testen').click();
  await page.getByText('Misst die Verzögerung …').waitFor();
  admin.sessions.set([streaming]);
  await page.getByText('weil jemand zu streamen begann').waitFor();
  await button('Netz testen').click();
  await page.getByText('Jemand streamt, und ein Test würde das stören.').waitFor();
});

test('what streams have lost leads to a bitrate without a test', async () => {
  const { admin, page, url, button } = await visit({
    before: async (host) => {
      await host.devices.add({ fingerprint: FINGERPRINT, certificatePem: '', name: 'TV' });
      const session = new DrivenSession(7, { source: 'x11' });
      host.recorder.observe(session);
      session.happenings.pass({ kind: 'state', state: 'streaming' });
      session.play(simulate({ ...HEALTHY, seconds: 60, lost: 7 }));
      session.end();
    },
  });
  await page.goto(`${url}/#/network`);
  await page.getByText('one stream').waitFor();
  await button('Use it for “TV”').click();
  await page.getByText('“TV” gets at most this bitrate.').waitFor();
  expect(admin.devices.list()[0]!.limits?.bitrateKbps).toBe(10_000);
  await page.getByText('Its bitrate suits its network.').waitFor();
});
