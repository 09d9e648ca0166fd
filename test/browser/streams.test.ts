import { afterAll, expect, test } from 'vitest';

import { DrivenSession } from '../../server/test/captures/captured.ts';
import { HEALTHY, simulate } from '../../server/test/captures/simulated-stream.ts';
import { expectAccessible } from './support/axe.ts';
import { takeScreenshots } from './support/screenshots.ts';
import { pausedStream, stream } from './support/streams.ts';
import { closeBrowser, visit } from './support/visit.ts';

afterAll(closeBrowser);

const device = (name: string, digit: string) => ({ name, fingerprint: digit.repeat(64) });

test('a stream appears by itself, its figures live, and goes when it ends', async () => {
  const { admin, page } = await visit();
  await page.getByRole('heading', { name: 'Three steps to the first stream' }).waitFor();
  admin.sessions.set([stream({ frames: 57 })]);
  const card = page.getByRole('region', { name: 'Stream of TV' });
  await card.getByText('57 new, 1 dropped').waitFor();
  expect((await card.getByRole('definition').allTextContents()).map((text) => text.trim())).toEqual(
    expect.arrayContaining(['60.0', '17.8Mbit/s', 'of 20.0 Mbit/s', '4.2ms', '2.5ms']),
  );
  await card.getByText('99 % within 7.9 ms').waitFor();
  await card.getByText('Streaming · 42 min · 192.0.2.20').waitFor();
  await card.getByText('HEVC was asked for.').waitFor();
  expect(
    await card
      .getByRole('list', { name: 'What is streamed' })
      .getByRole('listitem')
      .allTextContents(),
  ).toEqual([
    '1920×1080',
    '59.94 fps',
    'H.264',
    '4:2:0',
    '8 bit',
    'libx264',
    'Stereo',
    'encrypted',
  ]);
  // No event tells of new figures: the host looks once a second, and so does the page.
  for (const frames of [43, 12, 60]) {
    admin.sessions.views = [stream({ frames })];
    await card.getByText(`${frames} new, 1 dropped`).waitFor();
  }
  admin.sessions.set([]);
  await card.waitFor({ state: 'detached' });
});

test('the time of each stage is shown where it was measured', async () => {
  const { admin, page } = await visit();
  const { statistics } = stream();
  admin.sessions.set([
    stream({
      statistics: {
        ...statistics!,
        capture: { count: 60, mean: 830, p50: 810, p95: 1100, p99: 1240, max: 1900 },
        encode: { count: 60, mean: 3100, p50: 2900, p95: 4400, p99: 5800, max: 14_300 },
      },
    }),
  ]);
  await page.getByText('Where the host’s time goes').click();
  const table = page.getByRole('table');
  expect(await table.getByRole('rowheader').allTextContents()).toEqual([
    'Capture',
    'Encode',
    'Screen to network',
  ]);
  expect(await table.getByRole('cell').allTextContents()).toEqual([
    ...['0.8 ms', '1.1 ms', '1.2 ms', '1.9 ms'],
    ...['3.1 ms', '4.4 ms', '5.8 ms', '14 ms'],
    ...['4.4 ms', '6.1 ms', '7.9 ms', '9.1 ms'],
  ]);
  // It stays open while the figures change under it.
  admin.sessions.set([stream({ frames: 30, statistics: { ...statistics!, framesNew: 30 } })]);
  await page.getByText('30 new').waitFor();
});

test('what is lost on the way, and what the host makes of it', async () => {
  const { admin, page } = await visit();
  const { statistics, client, adaptation } = stream();
  admin.sessions.set([
    stream({ statistics: { ...statistics!, sendMethod: 'gso', sendErrors: 2, encodeViewers: 3 } }),
  ]);
  const card = page.getByRole('region', { name: 'Stream of TV' });
  await card.getByText('1 frame not shown').waitFor();
  await card
    .getByText('Lowered to 17.0 Mbit/s because of the network: 1.2 % of packets lost.')
    .waitFor();
  await card.getByText('How it is sent').click();
  for (const text of [
    'in large batches',
    '2 refused',
    '208 KiB of 1024 KiB',
    'shared by 3 streams',
  ]) {
    await card.getByText(text, { exact: true }).waitFor();
  }
  for (const text of ['real time: sending', 'raised: sound', 'normal: encoding, capture']) {
    await card.getByText(text, { exact: true }).waitFor();
  }
  admin.sessions.set([stream({ client: { ...client!, framesLost: 0 } })]);
  await card.getByText('18 frames repaired').waitFor();
  admin.sessions.set([stream({ adaptation: { ...adaptation!, on: false } })]);
  await card.getByText('Adapting to the network is switched off for this device.').waitFor();
});

test('a figure that was not measured is no zero', async () => {
  const { admin, page } = await visit();
  const unknown = { ...stream(), state: 'streaming' as const };
  admin.sessions.set([{ ...unknown, statistics: { ...unknown.statistics!, interval: 0 } }]);
  const card = page.getByRole('region', { name: 'Stream of TV' });
  await card.waitFor();
  await expect.poll(() => card.getByText('not measured').count()).toBe(4);
});

test('several streams, one of them paused, and what the owner should know', async () => {
  const { admin, page } = await visit();
  admin.sessions.set([
    stream({ device: device('TV', 'a') }),
    stream({
      id: 8,
      device: device('Deck', 'b'),
      mediaRestarts: 2,
      notices: ['No audio server: the stream is silent.'],
    }),
    pausedStream({ id: 9, device: device('Phone', 'c') }),
  ]);
  await page.getByRole('link', { name: 'Overview 2 devices stream' }).waitFor();
  const deck = page.getByRole('region', { name: 'Stream of Deck' });
  await deck.getByText('The encoder was started anew 2 times.').waitFor();
  await deck.getByText('No audio server: the stream is silent.').waitFor();
  const phone = page.getByRole('region', { name: 'Stream of Phone' });
  await phone.getByText('Paused').waitFor();
  await phone.getByText('The device is away and Desktop runs on.').waitFor();
  expect(await phone.getByText('Frames per second').count()).toBe(0);
});

test('the owner ends one stream of two', async () => {
  const { admin, page, dialog } = await visit();
  admin.sessions.set([
    stream({ device: device('TV', 'a') }),
    stream({ id: 8, device: device('Deck', 'b') }),
  ]);
  await page.getByRole('button', { name: 'End the stream of Deck' }).click();
  const asked = dialog('End the stream of Deck?');
  await asked.getByRole('button', { name: 'End the stream' }).click();
  await page.getByRole('region', { name: 'Stream of Deck' }).waitFor({ state: 'detached' });
  expect(admin.sessions.ended).toEqual([[8, 'owner']]);
  await page.getByRole('region', { name: 'Stream of TV' }).waitFor();
});

test('what the host says about itself follows at once', async () => {
  const { admin, page, context, url } = await visit();
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url });
  const host = page.getByRole('region', { name: 'This host' });
  await host.getByText('does not work:').waitFor({ state: 'attached' });
  admin.status = {
    ...admin.status,
    ports: { ...admin.status.ports, http: 48989 },
    addresses: ['192.0.2.10', '2001:db8::10'],
    sound: { works: false, detail: 'No PipeWire runs for this user.' },
    notices: [
      { severity: 'info', message: 'Encoders were tried anew.' },
      { severity: 'error', message: 'Port 48010 is taken by another program.' },
    ],
  };
  await host.getByText('No PipeWire runs for this user.').waitFor();
  const notices = page.getByRole('list', { name: 'Notices' }).getByRole('listitem');
  await notices.first().waitFor();
  const texts = async () => (await notices.allTextContents()).map((text) => text.trim());
  await expect
    .poll(texts)
    .toEqual([
      expect.stringMatching(/^Fault:\s*Port 48010 is taken by another program\.$/),
      expect.stringMatching(/^Note:\s*Encoders were tried anew\.$/),
    ]);
  await page.getByRole('button', { name: 'Copy the address: [2001:db8::10]:48989' }).click();
  await host.getByText('Copied').waitFor({ state: 'attached' });
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe('[2001:db8::10]:48989');
});

test('what went wrong lately is listed, the newest first, the rest on request', async () => {
  const { admin, page } = await visit();
  await page.getByRole('region', { name: 'This host' }).waitFor();
  const problems = page.getByRole('region', { name: 'Recent problems' });
  expect(await problems.count()).toBe(0);
  admin.status = {
    ...admin.status,
    problems: Array.from({ length: 7 }, (_, at) => ({
      at: Date.now() - at * 3_600_000,
      ...(at === 0 && { device: 'TV' }),
      message: `There is no display :${at}.`,
      count: at + 1,
    })),
  };
  await problems.getByText('There is no display :0.').waitFor();
  await problems.getByText('just now · TV').waitFor();
  await problems.getByText('1 hour ago · 2 times').waitFor();
  expect(await problems.getByRole('listitem').count()).toBe(5);
  await problems.getByRole('button', { name: 'Show all 7' }).click();
  await problems.getByText('There is no display :6.').waitFor();
});

test('what the verdict finds is fixed at a click, watched, and undone', async () => {
  const session = new DrivenSession(7, { source: 'x11' });
  const { admin, page, button } = await visit({
    before: (host) => {
      host.recorder.observe(session);
      session.happenings.pass({ kind: 'state', state: 'streaming' });
      session.play(simulate({ ...HEALTHY, seconds: 20, lost: 8, saved: 0.3 }));
      host.sessions.set([stream()]);
    },
  });
  await page.getByText(/^The network loses/).waitFor();
  await button('Send 40 % of repair packets').click();
  await page.getByText(/^Watched for \d+ s more\.$/).waitFor();
  expect(admin.sessions.bounds).toEqual([[7, { fecPercentage: 40 }]]);
  await expectAccessible(page);
  await takeScreenshots(page, 'stream-fix');
  await button('Undo: Repair packets were raised from 20 % to 40 %.').click();
  await page.getByText('You took it back.').waitFor();
  expect(admin.sessions.bounds.at(-1)).toEqual([7, {}]);
});
