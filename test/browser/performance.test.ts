import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';

import { DrivenSession } from '../../server/test/captures/captured.ts';
import { HEALTHY, simulate } from '../../server/test/captures/simulated-stream.ts';
import type { SimulatedStream } from '../../server/test/captures/simulated-stream.ts';
import type { Admin } from '../../server/test/admin/admin-harness.ts';
import { stream } from './support/streams.ts';
import { closeBrowser, visit } from './support/visit.ts';

afterAll(closeBrowser);

/** A stream that the host captures, with what it played so far. */
function captured(admin: Admin, change: Partial<SimulatedStream> = {}, id = 7): DrivenSession {
  const session = new DrivenSession(id, { source: 'x11' });
  admin.recorder.observe(session);
  session.happenings.pass({ kind: 'state', state: 'streaming' });
  session.play(simulate({ ...HEALTHY, seconds: 60, ...change }));
  admin.sessions.set([...admin.sessions.views, stream({ id, source: 'x11' })]);
  return session;
}

/** How wide what is seen is against how wide the window is. */
const overflow = (page: Page) =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

/** Kept where somebody wants to look at them. */
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env['EARTHSHINE_SCREENSHOTS'];
  if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
}

test('a running stream is shown, second by second, with what is to be said of it', async () => {
  const { admin, page } = await visit();
  const session = captured(admin, { encode: 84 });
  await page.goto(`${page.url().split('#')[0]}#/performance`);
  const card = page.getByRole('region', { name: 'TV', exact: true });
  await card.getByText(/of 60 frames: the encoder needs \d\d ms a frame\./).waitFor();
  await card.getByRole('link', { name: 'Show: TV' }).click();
  const graph = page.getByRole('region', { name: 'From the screen to the network' }).first();
  await graph.getByRole('button', { name: /^Encode 8\d ms$/ }).waitFor();
  for (const name of ['Frames per second', 'Bitrate', 'Packets lost on the way', 'Round trip']) {
    await page.getByRole('region', { name, exact: true }).locator('canvas').waitFor();
  }
  // It goes on by itself.
  const frames = page.getByRole('region', { name: 'Frames per second' });
  await frames.getByText('As a table').click();
  const rows = frames.getByRole('row');
  await expect.poll(() => rows.count()).toBe(31);
  session.happenings.pass({ kind: 'media-restarted', reason: 'it crashed' });
  session.play(simulate({ ...HEALTHY, seconds: 3 }));
  await page.getByText('The encoder was started anew').waitFor();
  // A session that ended leaves what was seen.
  admin.sessions.set([]);
  session.end();
  await page.getByText('This stream has ended.').waitFor();
  await graph.locator('canvas').waitFor();
});

test('a line is switched off, a stretch is looked at closer, by mouse and by keyboard', async () => {
  const { admin, page } = await visit();
  captured(admin);
  await page.goto(`${page.url().split('#')[0]}#/performance/live/7`);
  const section = page.getByRole('region', { name: 'Bitrate', exact: true });
  const line = section.getByRole('button', { name: /^Target/ });
  expect(await line.getAttribute('aria-pressed')).toBe('true');
  await line.click();
  expect(await line.getAttribute('aria-pressed')).toBe('false');
  const all = page.getByRole('button', { name: 'Show all of it' });
  expect(await all.count()).toBe(0);
  const over = section.locator('.u-over');
  const box = (await over.boundingBox())!;
  await page.mouse.move(box.x + 60, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + 180, box.y + 60, { steps: 4 });
  await page.mouse.up();
  await all.waitFor();
  await all.click();
  await all.waitFor({ state: 'detached' });
  const keys = section.getByRole('group', { name: /Arrow keys/ });
  await keys.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await section.getByText('0:02', { exact: true }).waitFor();
  await page.keyboard.press('+');
  await all.waitFor();
  await page.keyboard.press('Escape');
  await all.waitFor({ state: 'detached' });
});

test('a recording is begun, ended, named, pinned, downloaded, taken in again and removed', async () => {
  const { admin, page, button, dialog } = await visit();
  const session = captured(admin);
  await page.goto(`${page.url().split('#')[0]}#/performance`);
  await page.getByText('There are no recordings yet.').waitFor();
  await button('Record').click();
  await button('Stop recording').waitFor();
  session.play(simulate({ ...HEALTHY, seconds: 30, lost: 6, saved: 0.4 }));
  await button('Stop recording').click();
  const row = page.getByRole('article').filter({ hasText: 'Desktop · TV' });
  await row.getByText(/The network loses/).waitFor();
  await button('Rename Desktop · TV, write a note').click();
  await dialog().getByLabel('Name').fill('With 2.4 GHz');
  await dialog().getByLabel('Note').fill('in the kitchen');
  await dialog().getByRole('button', { name: 'Save' }).click();
  await page.getByText('in the kitchen').waitFor();
  await button('Pin With 2.4 GHz').click();
  await button('Unpin With 2.4 GHz').waitFor();

  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download With 2.4 GHz', exact: true }).click();
  const file = await (await download).path();
  expect(JSON.parse(await readFile(file, 'utf8')).header.name).toBe('With 2.4 GHz');
  await page.getByLabel('Import').setInputFiles(file);
  await page.getByText('imported').waitFor();
  const { id } = (await admin.recordings.list())[0]!;
  await button('Remove With 2.4 GHz').first().click();
  await dialog().getByRole('button', { name: 'Remove' }).click();
  await page.getByText('imported').waitFor({ state: 'detached' });
  expect((await admin.recordings.list()).map((one) => one.id)).not.toContain(id);

  await page.getByRole('link', { name: 'With 2.4 GHz', exact: true }).click();
  await page.getByRole('heading', { name: 'With 2.4 GHz' }).waitFor();
  await page
    .getByText(/The network loses .* frames a second are not shown/)
    .first()
    .waitFor();
});

test('two recordings are compared, and what differs by more than chance is named', async () => {
  const { admin, page } = await visit();
  const slow = captured(admin, { encode: 40 }, 7);
  await admin.recorder.save(7);
  admin.sessions.set([]);
  slow.end();
  captured(admin, {}, 8);
  await admin.recorder.save(8);
  await admin.recordings.settled();
  await page.goto(`${page.url().split('#')[0]}#/performance`);
  const boxes = page.getByRole('region', { name: 'Recordings' }).getByRole('checkbox');
  await expect.poll(() => boxes.count()).toBe(2);
  // The older one first.
  await boxes.nth(1).check();
  await boxes.nth(0).check();
  await page.getByRole('link', { name: 'Compare' }).click();
  const rows = page.getByRole('region', { name: 'Compare' }).first().getByRole('row');
  await rows
    .filter({ has: page.getByText('Encode', { exact: true }) })
    .getByText('better')
    .waitFor();
  await rows.filter({ hasText: 'New pictures per second' }).getByText('better').waitFor();
  await rows.filter({ hasText: 'Round trip' }).getByText('within their own spread').waitFor();
  await page.getByText('Device, app, mode, settings and versions are the same.').waitFor();
  expect(await page.locator('canvas').count()).toBe(6);
});

test('three hours are drawn within a second', async () => {
  const { admin, page } = await visit();
  const session = captured(admin, { seconds: 1 });
  session.play(simulate({ ...HEALTHY, seconds: 3 * 3600, lost: 0.5 }));
  await admin.recorder.save(7);
  await page.goto(`${page.url().split('#')[0]}#/performance`);
  await page.getByRole('link', { name: 'Desktop · TV', exact: true }).waitFor();
  const cdp = await page.context().newCDPSession(page);
  // Time that the page's thread computes: other programs on the machine do not count.
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async () =>
    (await cdp.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')!
      .value;
  const before = await busy();
  await page.getByRole('link', { name: 'Desktop · TV', exact: true }).click();
  await page.locator('canvas').nth(5).waitFor();
  const took = (await busy()) - before;
  console.log(`${session.id}: three hours are drawn in ${(took * 1000).toFixed(0)} ms`);
  expect(took).toBeLessThan(1);
});

for (const [width, height] of [
  [390, 844],
  [1440, 900],
  [2560, 1440],
] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`nothing hangs over the edge at ${width} pixels, ${colorScheme}`, async () => {
      const { admin, page } = await visit({ viewport: { width, height }, colorScheme });
      const session = captured(admin, { encode: 30, lost: 2, saved: 0.6, seconds: 240 });
      session.happenings.pass({ kind: 'keyframe-requested' });
      session.happenings.pass({ kind: 'media-restarted', reason: 'the encoder crashed' });
      session.now += 20_000;
      session.play(simulate({ ...HEALTHY, seconds: 240, drawn: 40 }));
      const kept = (await admin.recorder.save(7)) as { id: string };
      const base = page.url().split('#')[0]!;
      for (const [name, address] of [
        ['list', '#/performance'],
        ['live', '#/performance/live/7'],
        ['recording', `#/performance/recording/${kept.id}`],
        ['compare', `#/performance/compare/${kept.id}/${kept.id}`],
      ] as const) {
        await page.goto(base + address);
        if (name !== 'list') await page.locator('canvas').nth(5).waitFor();
        else await page.getByRole('article').first().waitFor();
        await shoot(page, `performance-${name}-${width}-${colorScheme}`);
        expect([name, await overflow(page)]).toEqual([name, 0]);
      }
    });
  }
}
