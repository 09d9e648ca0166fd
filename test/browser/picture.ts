// The picture of the README: the admin of the built host in a browser, while a device plays the test pattern.
//
//   node test/browser/picture.ts      writes docs/pictures/overview.png; scripts/build comes first
import { setTimeout as sleep } from 'node:timers/promises';

import { HostUnderTest } from '../e2e/support/host-under-test.ts';
import { startBrowser } from './support/browser.ts';

const FILE = new URL('../../docs/pictures/overview.png', import.meta.url).pathname;
const PASSWORD = 'an owl counts to seven';
const STREAM = { width: 1280, height: 720, fps: 60 };
/** Milliseconds after which the charts have something to show. */
const PLAYED = 20_000;

const host = await HostUnderTest.start({ arguments: ['--name', 'Living room'] });
const browser = await startBrowser();
try {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width: 1280, height: 800 },
    colorScheme: 'dark',
    locale: 'en-GB',
  });
  const page = await context.newPage();
  await page.goto(`https://127.0.0.1:${host.base + 1}/`);
  const secret = /"firstRunSecret":"([0-9A-Z-]{19})"/.exec(host.process.output)![1]!;
  await page.getByLabel('First-run secret').fill(secret);
  await page.getByLabel('Choose a password').fill(PASSWORD);
  await page.getByLabel('Once more').fill(PASSWORD);
  await page.getByRole('button', { name: 'Begin' }).click();
  await page.getByRole('heading', { name: 'Three steps to the first stream' }).waitFor();

  const client = await host.client();
  const pairing = client.pair({ pin: '4711', signal: AbortSignal.timeout(60_000) });
  await page.getByLabel('PIN').fill('4711');
  await page.getByLabel('Name').fill('Television');
  await page.getByRole('button', { name: 'Let it in' }).click();
  await page.getByRole('heading', { name: 'Television is paired' }).waitFor();
  await pairing;

  const stream = await client.stream((await client.app('Test pattern')).id, STREAM);
  await page.getByRole('region', { name: 'Stream of Television' }).getByText('1280×720').waitFor();
  await page.getByRole('link', { name: /^Overview/ }).click();
  await sleep(PLAYED);
  await page.screenshot({ path: FILE });
  await stream.close();
} finally {
  await browser.close();
  await host.close();
}
