import type { Page } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';

import { applyForPairing, FINGERPRINT } from '../../server/test/admin/admin-harness.ts';
import type { Admin } from '../../server/test/admin/admin-harness.ts';
import { pausedStream, stream } from './support/streams.ts';
import { PHONE, closeBrowser, visit } from './support/visit.ts';
import type { Visit } from './support/visit.ts';

afterAll(closeBrowser);

const LONG = 'A device with a name that somebody had much time to think of (2)';

/** As much as a page may have to show, in the longest words. */
async function fill(admin: Admin): Promise<void> {
  await admin.devices.add({ fingerprint: FINGERPRINT, name: LONG, certificatePem: 'certificate' });
  await admin.apps.add({
    title: 'AGameWhoseTitleKnowsNoSpacesAndGoesOnAndOnUntilTheEndOfTheLineAndFurther',
    source: 'desktop',
    command: ['/opt/games/a-game-whose-path-is-long/bin/start-this-game-now', '--fullscreen'],
    shell: false,
    workingDirectory: '/opt/games/a-game-whose-path-is-long/data/for/this/one/game',
    environment: { A_VARIABLE_WITH_A_LONG_NAME: '/and/a/long/value/that/needs/more/room' },
    preparation: [{ run: ['/opt/games/prepare', 'everything'], undo: ['/opt/games/undo'] }],
    endsWith: 'processes',
  });
  const device = { fingerprint: FINGERPRINT, name: LONG };
  admin.status.addresses = ['192.0.2.10', '2001:db8:1234:5678:9abc:def0:1234:5678'];
  admin.status.notices = [
    { severity: 'error', message: `/run/user/1000/${'a-path-without-an-end/'.repeat(8)}` },
  ];
  admin.sessions.set([
    stream({ device, notices: ['The input back end uinput is not permitted on this machine.'] }),
    pausedStream({ id: 8, device }),
  ]);
  applyForPairing(admin, 'fe80::1c2d:3e4f:5a6b:7c8d', '1234');
}

/** What the page looks like must hold in each of these, on a phone and on a desk. */
const places: readonly [string, (visit: Visit) => Promise<void>][] = [
  ['overview', ({ go }) => go('Overview')],
  [
    'end a stream',
    async ({ go, page }) => {
      await go('Overview');
      await page
        .getByRole('button', { name: /^End the stream/ })
        .first()
        .click();
    },
  ],
  ['devices', ({ go }) => go('Devices')],
  ...['Rename', 'Disable', 'Remove'].map((verb): [string, (visit: Visit) => Promise<void>] => [
    `${verb} a device`,
    async ({ go, button }) => {
      await go('Devices');
      await button(`${verb} ${LONG}`).click();
    },
  ]),
  ['apps', ({ go }) => go('Apps')],
  [
    'new app',
    async ({ go, button }) => {
      await go('Apps');
      await button('Add an app').click();
    },
  ],
  [
    'change an app',
    async ({ go, page, field }) => {
      await go('Apps');
      await page.getByRole('button', { name: /^Edit AGame/ }).click();
      await field('Title').fill('Another');
      await page.getByLabel('Your password').waitFor();
    },
  ],
  [
    'an app in a shell',
    async ({ go, page }) => {
      await go('Apps');
      await page.getByRole('button', { name: /^Edit AGame/ }).click();
      await page.getByRole('switch', { name: 'Run through a shell' }).click();
      await page.keyboard.press('Escape');
      await page.getByText('Throw away what you changed?').waitFor();
    },
  ],
  [
    'account',
    async ({ page }) => {
      await page.goto(`${page.url().split('#')[0]}#/account`);
      await page.getByRole('heading', { level: 1, name: 'Account' }).waitFor();
    },
  ],
];

const NAMELESS =
  /^\s*- (button|link|textbox|combobox|switch|checkbox|dialog|region|table|timer|img)(?! ")/;

/** Every control has a name that a screen reader says. */
async function expectNames(page: Page): Promise<void> {
  const tree = await page.locator('body').ariaSnapshot();
  expect(tree.split('\n').filter((line) => NAMELESS.test(line))).toEqual([]);
  expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
}

/** Runs in the page: what is wider than the window, and what is too small for a finger. */
const MISFITS = `[...document.querySelectorAll('body *')].flatMap((element) => {
  const box = element.getBoundingClientRect();
  const hidden = box.width <= 1 || box.height <= 1 || !element.checkVisibility();
  if (hidden || element.closest('.sr-only')) return [];
  const name = element.tagName + ' ' + (element.ariaLabel ?? element.textContent.trim().slice(0, 40));
  const outside = box.right > innerWidth + 0.5 || box.left < -0.5;
  const small = element.matches('button, select, input') && (box.width < 24 || box.height < 24);
  const cut = element.matches('p, h2, h3, dd, label') && element.scrollWidth > element.clientWidth + 1;
  return [outside && name + ' is outside', small && name + ' is too small', cut && name + ' is cut'].filter(Boolean);
})`;

async function expectFit(page: Page): Promise<void> {
  expect(
    await page.evaluate('document.documentElement.scrollWidth - innerWidth'),
  ).toBeLessThanOrEqual(0);
  expect(await page.evaluate(MISFITS)).toEqual([]);
}

for (const [size, viewport, colorScheme] of [
  ['a phone of 360 px', PHONE, 'light'],
  ['a desktop', { width: 1280, height: 800 }, 'dark'],
] as const) {
  test(`on ${size} everything fits and has a name, on every page and dialog`, async () => {
    const visited = await visit({ viewport, colorScheme, before: fill });
    const { page, url } = visited;
    await page.getByRole('region', { name: /wants to pair/ }).waitFor();
    for (const [name, reach] of places) {
      await page.goto(`${url}/?${encodeURIComponent(name)}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await reach(visited);
      await expectNames(page);
      await expectFit(page);
    }
  });

  test(`on ${size} the first page and the sign-in fit and have names`, async () => {
    const { admin, page } = await visit({ viewport, colorScheme, signIn: false });
    await page.getByRole('heading', { name: 'Welcome to Earthshine' }).waitFor();
    await expectNames(page);
    await expectFit(page);
    await admin.setUp();
    await page.reload();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await expectNames(page);
    await expectFit(page);
  });
}

test('a person who asked for less motion gets none', async () => {
  const { page, go } = await visit();
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await go('Devices');
  const moving = await page.evaluate(
    `[...document.querySelectorAll('body *')].filter((element) => {
      const style = getComputedStyle(element);
      const moves = style.transitionProperty !== 'none' && style.transitionDuration !== '0s';
      return moves || style.animationName !== 'none';
    }).length`,
  );
  expect(moving).toBe(0);
});
