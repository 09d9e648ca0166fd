import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';

import { DrivenSession } from '../../server/test/captures/captured.ts';
import { HEALTHY, simulate } from '../../server/test/captures/simulated-stream.ts';
import { expectAccessible } from './support/axe.ts';
import { takeScreenshots } from './support/screenshots.ts';
import { closeBrowser, visit } from './support/visit.ts';

afterAll(closeBrowser);

test('what went wrong is listed by the starts of the host, leads to its recording and log, and is dismissed', async () => {
  const { admin, page, url, button } = await visit({
    before: async (host) => {
      host.faults.report({ device: 'TV', message: 'There is no display.' });
      // The host does not start within the millisecond in which it failed.
      await wait(5);
      host.faults.began('0.2.0');
      await wait(5);
      const session = new DrivenSession(7, { source: 'x11' });
      host.recorder.observe(session);
      session.happenings.pass({ kind: 'state', state: 'streaming' });
      session.play(simulate({ ...HEALTHY, seconds: 120 }));
      await host.recorder.save(7);
      for (let times = 0; times < 3; times += 1) {
        host.faults.report({ device: 'TV', message: 'The encoder stopped.' });
      }
    },
  });
  await page.goto(`${url}/#/faults`);
  const fault = page.getByRole('listitem').filter({ hasText: 'The encoder stopped.' }).last();
  await fault.getByText('3 times since').waitFor();
  expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual([
    expect.stringContaining('version 0.2.0'),
    expect.stringContaining('version 0.1.0'),
  ]);
  await expectAccessible(page);
  await takeScreenshots(page, 'faults');
  await fault.getByRole('link', { name: 'Recording' }).waitFor();
  await fault.getByRole('link', { name: 'Log of then' }).click();
  await page.getByText(/^Around /).waitFor();
  await page.goBack();

  await button('Dismiss: The encoder stopped.').click();
  await fault.waitFor({ state: 'detached' });
  await page.getByText('Nothing went wrong since.').waitFor();
  await page.getByRole('switch', { name: 'Show dismissed ones' }).click();
  await button('Take back that this is dismissed: The encoder stopped.').click();
  await button('Dismiss: The encoder stopped.').waitFor();
  await button('Dismiss all').click();
  await expect.poll(() => admin.faults.list()).toEqual([]);
});
