import { afterAll, expect, onTestFinished, test } from 'vitest';

import { HostUnderTest } from '../e2e/support/host-under-test.ts';
import { Faults } from './support/faults.ts';
import { PASSWORD, closeBrowser, sharedBrowser } from './support/visit.ts';

afterAll(closeBrowser);

const STREAM = { width: 640, height: 360, fps: 30 };

test('the built host: first secret, a device pairs, streams, is seen, and is shut out', async () => {
  const host = await HostUnderTest.start();
  onTestFinished(() => host.close());
  const context = await (await sharedBrowser()).newContext({ ignoreHTTPSErrors: true });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const faults = new Faults();
  await faults.watch(page);

  await page.goto(`https://127.0.0.1:${host.base + 1}/`);
  const secret = /"firstRunSecret":"([0-9A-Z-]{19})"/.exec(host.process.output)?.[1];
  await page.getByLabel('First-run secret').fill(secret!);
  await page.getByLabel('Choose a password').fill(PASSWORD);
  await page.getByLabel('Once more').fill(PASSWORD);
  await page.getByRole('button', { name: 'Begin' }).click();
  await page.getByRole('heading', { name: 'Three steps to the first stream' }).waitFor();
  const about = page.getByRole('region', { name: 'This host' });
  await about.getByRole('heading', { name: 'under-test' }).waitFor();

  const client = await host.client();
  const pairing = client.pair({ pin: '4711', signal: AbortSignal.timeout(60_000) });
  await page.getByLabel('PIN').fill('4711');
  await page.getByLabel('Name').fill('Protocol client');
  await page.getByRole('button', { name: 'Let it in' }).click();
  await page.getByRole('heading', { name: 'Protocol client is paired' }).waitFor();
  await pairing;

  const stream = await client.stream((await client.app('Test pattern')).id, STREAM);
  onTestFinished(() => stream.close());
  const ended = new Promise<void>((resolve) => stream.once('ended', () => resolve()));
  const card = page.getByRole('region', { name: 'Stream of Protocol client' });
  await card.getByText('640×360').waitFor();
  const frames = card.getByRole('definition').first();
  await expect
    .poll(async () => Number(await frames.textContent()), { timeout: 30_000 })
    .toBeGreaterThan(15);
  await card.getByText(/^99 % within \d/).waitFor();

  // Where its frames' time goes, live; what is recorded outlives the stream.
  await card.getByRole('link', { name: /^Where the time goes/ }).click();
  const latency = page.getByRole('region', { name: 'From the screen to the network' }).first();
  await latency.getByRole('button', { name: /^Encode \d/ }).waitFor();
  await expect.poll(() => page.locator('canvas').count()).toBe(6);
  await page.getByRole('button', { name: 'Record' }).click();
  await page.getByRole('button', { name: 'Stop recording' }).waitFor();

  await page.getByRole('link', { name: /^Devices/ }).click();
  await page.getByRole('button', { name: 'Disable Protocol client' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await page.getByRole('button', { name: 'Enable Protocol client' }).waitFor();
  await ended;
  await page.getByRole('link', { name: /^Overview/ }).click();
  await page.getByRole('heading', { name: 'Nobody is streaming' }).waitFor();
  await expect(client.info()).rejects.toThrow();
  await page.getByRole('link', { name: /^Performance/ }).click();
  const recording = page.getByRole('region', { name: 'Recordings' }).getByRole('article');
  await recording
    .getByRole('link', { name: 'Test pattern · Protocol client', exact: true })
    .click();
  await page.getByText('640×360').waitFor();
  await latency.getByRole('button', { name: /^Encode \d/ }).waitFor();
  expect(faults.unexpected).toEqual([]);
});
