import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { PNG } from 'pngjs';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';

import { BUILT_IN_IDS, BUILT_IN_TITLES } from '../../server/test/apps/built-in-apps.ts';
import { PASSWORD, closeBrowser, visit } from './support/visit.ts';

afterAll(closeBrowser);

const titles = (page: Page) =>
  page
    .getByRole('button', { name: /^Edit / })
    .evaluateAll((buttons) =>
      buttons.map((button) => button.getAttribute('aria-label')!.replace('Edit ', '')),
    );

/** A picture of one colour. */
function picture(name: string, width = 600, height = 800) {
  const png = new PNG({ width, height });
  png.data.fill(0xff);
  return { name, mimeType: 'image/png', buffer: PNG.sync.write(png) };
}

test('an app is added with everything that can be said about it', async () => {
  const { admin, page, go, button, dialog } = await visit();
  await go('Apps');
  await expect.poll(() => titles(page)).toEqual(BUILT_IN_TITLES);
  await button('Add an app').click();
  const editor = dialog('New app');
  const save = editor.getByRole('button', { name: 'Save' });
  expect(await save.isDisabled()).toBe(true);
  await editor.getByRole('textbox', { name: 'Title' }).fill('Steam');
  await editor.getByLabel('Command, program').fill('/usr/bin/steam');
  // Enter goes on to the next argument.
  await editor.getByLabel('Command, program').press('Enter');
  await page.keyboard.type('-bigpicture');
  await editor.getByRole('button', { name: 'Command: add an argument' }).click();
  await page.keyboard.type('two words');
  await editor.getByRole('textbox', { name: 'Working directory' }).fill('/home/ada');
  await editor.getByLabel('The stream ends').selectOption('Only by quitting');
  await editor.getByRole('button', { name: 'Add a variable' }).click();
  await page.keyboard.type('LANG');
  await page.keyboard.press('Tab');
  await page.keyboard.type('en_GB.UTF-8');
  await editor.getByRole('button', { name: 'Add a step' }).click();
  await editor.getByLabel('Step 1, run, program').fill('hue');
  await editor.getByLabel('Step 1, run, program').press('Enter');
  await page.keyboard.type('dim');
  await editor.getByLabel('Step 1, undo, program').fill('hue-reset');
  await editor.getByLabel('Your password').fill(PASSWORD);
  await save.click();
  await editor.waitFor({ state: 'detached' });
  await button('Edit Steam').waitFor();
  expect(admin.apps.byId('steam')).toMatchObject({
    title: 'Steam',
    source: 'desktop',
    command: ['/usr/bin/steam', '-bigpicture', 'two words'],
    shell: false,
    workingDirectory: '/home/ada',
    environment: { LANG: 'en_GB.UTF-8' },
    preparation: [{ run: ['hue', 'dim'], undo: ['hue-reset'] }],
    endsWith: 'quit',
  });
});

test('an app is changed: a line for a shell, without what it had before', async () => {
  const { admin, page, go, button, dialog } = await visit({
    before: ({ apps }) =>
      apps.add({
        title: 'Retro',
        source: 'desktop',
        command: ['retroarch', '-f', 'a b'],
        shell: false,
        environment: { A: '1', B: '2' },
        preparation: [{ run: ['true'] }, { run: ['false'] }],
        endsWith: 'processes',
      }),
  });
  await go('Apps');
  await button('Edit Retro').click();
  const editor = dialog('Retro');
  const shell = editor.getByRole('switch', { name: 'Run through a shell' });
  await shell.click();
  const line = editor.getByRole('textbox', { name: 'Command line' });
  expect(await line.inputValue()).toBe('retroarch -f a b');
  await shell.click();
  // Back without a loss: the arguments are still apart.
  expect(await editor.getByLabel('Command, argument 2').inputValue()).toBe('a b');
  await shell.click();
  await line.fill('cd games && exec retroarch');
  await editor.getByRole('button', { name: 'Remove variable 1' }).click();
  await editor.getByRole('button', { name: 'Remove step 1' }).click();
  await editor.getByRole('combobox', { name: 'Runs on' }).selectOption('Test pattern');
  await editor.getByLabel('Your password').fill(PASSWORD);
  await editor.getByLabel('Your password').press('Enter');
  await editor.waitFor({ state: 'detached' });
  await page.getByText('cd games && exec retroarch').waitFor();
  expect(admin.apps.byId('retro')).toMatchObject({
    source: 'test-pattern',
    command: ['cd games && exec retroarch'],
    shell: true,
    environment: { B: '2' },
    preparation: [{ run: ['false'] }],
  });
});

test('a wrong password saves nothing and loses nothing', async () => {
  const { admin, page, go, button, dialog, faults } = await visit();
  faults.expect(/\/api\/v1\/apps/);
  await go('Apps');
  await button('Edit Desktop').click();
  const editor = dialog('Desktop');
  await editor.getByRole('textbox', { name: 'Title' }).fill('My desk');
  await editor.getByLabel('Your password').fill('wrong');
  await editor.getByRole('button', { name: 'Save' }).click();
  await editor.getByRole('alert').filter({ hasText: 'The password is wrong.' }).waitFor();
  expect(admin.apps.byId('desktop')?.title).toBe('Desktop');
  expect(await editor.getByRole('textbox', { name: 'Title' }).inputValue()).toBe('My desk');
  await editor.getByLabel('Your password').fill(PASSWORD);
  await editor.getByRole('button', { name: 'Save' }).click();
  await button('Edit My desk').waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('what was typed is not thrown away by Escape alone', async () => {
  const { page, go, button, dialog } = await visit();
  await go('Apps');
  await button('Edit Desktop').click();
  const editor = dialog('Desktop');
  await page.keyboard.press('Escape');
  await editor.waitFor({ state: 'detached' });
  await button('Edit Desktop').click();
  await editor.getByRole('textbox', { name: 'Title' }).fill('Other');
  await page.keyboard.press('Escape');
  await editor.getByText('Throw away what you changed?').waitFor();
  await editor.getByRole('button', { name: 'Go on editing' }).click();
  expect(await editor.getByRole('textbox', { name: 'Title' }).inputValue()).toBe('Other');
  await editor.getByRole('button', { name: 'Cancel' }).click();
  await editor.getByRole('button', { name: 'Throw away' }).click();
  await editor.waitFor({ state: 'detached' });
  expect(await titles(page)).toEqual(BUILT_IN_TITLES);
});

test('apps are put in order, by keyboard too', async () => {
  const { admin, page, go, button } = await visit();
  await go('Apps');
  expect(await button('Move Desktop forward').isDisabled()).toBe(true);
  await button('Move Desktop back').press('Enter');
  await expect
    .poll(() => titles(page))
    .toEqual(['Second screen', 'Desktop', ...BUILT_IN_TITLES.slice(2)]);
  await expect
    .poll(() => admin.apps.list().map((app) => app.id))
    .toEqual(['second-screen', 'desktop', ...BUILT_IN_IDS.slice(2)]);
});

test('an app is removed after a question', async () => {
  const { admin, page, go, button, dialog } = await visit();
  await go('Apps');
  for (const title of BUILT_IN_TITLES) {
    await button(`Edit ${title}`).click();
    const editor = dialog(title);
    await editor.getByRole('button', { name: 'Remove' }).click();
    await editor.getByText(`Remove ${title}?`).waitFor();
    await editor.getByRole('button', { name: 'Remove' }).click();
    await editor.waitFor({ state: 'detached' });
  }
  await page.getByText('Moonlight has nothing to show.').waitFor();
  expect(admin.apps.list()).toEqual([]);
});

test('art is uploaded without the password, and the drawn one comes back', async () => {
  const { admin, page, go, button, dialog } = await visit();
  await go('Apps');
  const drawn = await page
    .getByRole('button', { name: 'Edit Desktop' })
    .locator('img')
    .getAttribute('src');
  await button('Edit Desktop').click();
  const editor = dialog('Desktop');
  await editor.getByLabel('Choose a picture').setInputFiles(picture('box.png'));
  expect(await editor.getByLabel('Your password').count()).toBe(0);
  await editor.getByRole('button', { name: 'Save' }).click();
  await editor.waitFor({ state: 'detached' });
  expect(admin.apps.byId('desktop')?.hasArt).toBe(true);
  const shown = page.getByRole('button', { name: 'Edit Desktop' }).locator('img');
  await expect.poll(() => shown.getAttribute('src')).not.toBe(drawn);

  await button('Edit Desktop').click();
  await editor.getByRole('button', { name: 'Use the drawn one' }).click();
  await editor.getByText('Drawn from the title').waitFor();
  await editor.getByRole('button', { name: 'Save' }).click();
  await editor.waitFor({ state: 'detached' });
  expect(admin.apps.byId('desktop')?.hasArt).toBe(false);
});

test('a picture that does not fit is refused, and the app that came with it is there once', async () => {
  const { admin, go, button, dialog, faults } = await visit();
  faults.expect(/\/api\/v1\/apps\/.*\/art/);
  await go('Apps');
  await button('Add an app').click();
  const editor = dialog('New app');
  const art = editor.getByLabel('Choose a picture');
  await art.setInputFiles({ name: 'box.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('jpeg') });
  await editor.getByText('This picture cannot be read.').waitFor();
  await art.setInputFiles({ name: 'box.gif', mimeType: 'image/gif', buffer: Buffer.from('gif') });
  await editor.getByText('PNG, JPEG and WebP pictures fit.').waitFor();
  await art.setInputFiles({
    name: 'box.png',
    mimeType: 'image/png',
    buffer: Buffer.from('no picture'),
  });
  await editor.getByRole('textbox', { name: 'Title' }).fill('Steam');
  await editor.getByLabel('Your password').fill(PASSWORD);
  await editor.getByRole('button', { name: 'Save' }).click();
  await editor.getByRole('alert').filter({ hasText: /PNG/ }).waitFor();
  expect(admin.apps.list().map((app) => app.title)).toEqual([...BUILT_IN_TITLES, 'Steam']);
  await art.setInputFiles(picture('box.png'));
  await editor.getByRole('button', { name: 'Save' }).click();
  await editor.waitFor({ state: 'detached' });
  expect(admin.apps.list().map((app) => app.title)).toEqual([...BUILT_IN_TITLES, 'Steam']);
  expect(admin.apps.byId('steam')?.hasArt).toBe(true);
});

test('a WebP is taken: the browser makes a PNG of it', async () => {
  const { admin, go, button, dialog } = await visit();
  await go('Apps');
  await button('Edit Desktop').click();
  const editor = dialog(/Desktop/);
  const red = { r: 255, g: 0, b: 0 };
  const buffer = await sharp({ create: { width: 300, height: 300, channels: 3, background: red } })
    .webp()
    .toBuffer();
  await editor
    .getByLabel('Choose a picture')
    .setInputFiles({ name: 'box.webp', mimeType: 'image/webp', buffer });
  await editor.getByRole('button', { name: 'Save' }).click();
  await editor.waitFor({ state: 'detached' });
  const kept = PNG.sync.read(await admin.apps.art(admin.apps.byId('desktop')!));
  expect([kept.width, kept.height, ...kept.data.subarray(0, 3)]).toEqual([
    600,
    800,
    expect.closeTo(255, -1),
    expect.closeTo(0, -1),
    expect.closeTo(0, -1),
  ]);
});

test('an app that somebody else changed meanwhile is not overwritten unasked', async () => {
  const { admin, page, faults, go, button, dialog } = await visit({
    before: (host) =>
      host.ask('POST', '/api/v1/apps', {
        owner: true,
        body: { app: { title: 'Steam', command: ['steam'] } },
      }),
  });
  faults.expect(/\/api\/v1\/apps\/steam$/);
  await go('Apps');
  await button(/^Edit Steam/).click();
  const editor = dialog('Steam');
  await editor.getByLabel('Title').fill('Big Picture');
  await admin.apps.update('steam', { ...admin.apps.byId('steam')!, workingDirectory: '/games' });
  await editor.getByLabel('Your password').fill(PASSWORD);
  await editor.getByRole('button', { name: 'Save' }).click();
  await editor.getByText('Somebody has changed this meanwhile').waitFor();
  await editor.getByText('the folder').waitFor();
  expect(admin.apps.byId('steam')).toMatchObject({ title: 'Steam', workingDirectory: '/games' });

  await editor.getByRole('button', { name: 'Show what is there now' }).click();
  await expect.poll(() => editor.getByLabel('Title').inputValue()).toBe('Steam');
  await editor.getByLabel('Title').fill('Big Picture');
  await editor.getByRole('button', { name: 'Save' }).click();
  await editor.waitFor({ state: 'detached' });
  expect(admin.apps.byId('steam')).toMatchObject({
    title: 'Big Picture',
    workingDirectory: '/games',
  });

  // The password was right a moment ago: it is not asked for again.
  await button(/^Edit Big Picture/).click();
  const again = dialog('Big Picture');
  await again.getByLabel('Title').fill('Steam');
  expect(await again.getByLabel('Your password').count()).toBe(0);
  await again.getByRole('button', { name: 'Save' }).click();
  await again.waitFor({ state: 'detached' });
  expect(admin.apps.byId('steam')!.title).toBe('Steam');
  await page.getByText('Steam').first().waitFor();
});

test('a command is tried before it is saved, and says how it ended and what it got', async () => {
  const { page, go, button, dialog } = await visit();
  await go('Apps');
  await button('Add an app').click();
  const editor = dialog('New app');
  await editor.getByLabel('Title').fill('Tried');
  await editor.getByRole('switch', { name: 'Run through a shell' }).click();
  await editor.getByLabel('Command line').fill('echo I am $EARTHSHINE_APP_NAME; exit 3');
  const trial = editor.getByRole('button', { name: 'Try it' });
  await trial.click();
  await editor.getByLabel('Your password, to try it').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await editor.getByText(/^It ended by itself after .* s, with status 3\.$/).waitFor();
  await editor.getByText('I am Tried').waitFor();
  await editor.getByText('What it got').click();
  await editor.getByText('EARTHSHINE_WIDTH').waitFor();
  // It was given a moment ago.
  await editor.getByLabel('Command line').fill('sleep 60');
  await trial.click();
  await editor.getByText(/^It ran until it was ended/).waitFor();
  expect(await editor.getByLabel('Your password').count()).toBe(0);
});

test('apps are searched, and carried to another place', async () => {
  const { admin, page, go } = await visit({
    // Both ends of the way are seen at once.
    viewport: { width: 1280, height: 2200 },
    before: async (host) => {
      for (let number = 1; number <= 8; number += 1) {
        await host.ask('POST', '/api/v1/apps', {
          owner: true,
          body: { app: { title: `Game ${number}`, command: [`game-${number}`] } },
        });
      }
    },
  });
  await go('Apps');
  await expect.poll(() => titles(page)).toHaveLength(BUILT_IN_IDS.length + 8);
  const search = page.getByRole('searchbox', { name: 'Search the apps' });
  await search.fill('GAME-4');
  await expect.poll(() => titles(page)).toEqual(['Game 4']);
  // Places in a part of the list mean nothing.
  expect(await page.getByRole('button', { name: /^Move / }).count()).toBe(0);
  await search.fill('');
  const card = (title: string) =>
    page
      .getByRole('listitem')
      .filter({ has: page.getByRole('button', { name: `Edit ${title}`, exact: true }) });
  await card('Game 4').dragTo(card('Desktop'));
  await expect.poll(() => admin.apps.list()[0]?.title).toBe('Game 4');
  await expect.poll(async () => (await titles(page))[0]).toBe('Game 4');
});

test('games of launchers are imported, with what differs shown first', async () => {
  const { admin, page, go, button, dialog } = await visit({
    before: async (host) => {
      const apps = path.join(host.folder, '.local/share/applications');
      await mkdir(apps, { recursive: true });
      for (const [name, exec] of [
        ['SuperTux', 'supertux2 --fullscreen'],
        ['Neverball', 'neverball'],
        ['Xonotic', 'xonotic'],
      ]) {
        await writeFile(
          path.join(apps, `${name}.desktop`),
          `[Desktop Entry]\nType=Application\nName=${name}\nExec=${exec}\nCategories=Game;\n`,
        );
      }
      for (const app of [
        { title: 'SuperTux', command: ['supertux2'], environment: { LANG: 'de' } },
        { title: 'Ball', command: ['neverball'] },
      ]) {
        await host.ask('POST', '/api/v1/apps', { owner: true, body: { app } });
      }
    },
  });
  await go('Apps');
  await button('Import games').click();
  const games = dialog('Import games');
  const row = (title: string) => games.getByRole('checkbox', { name: title });
  await row('Xonotic').waitFor();
  expect(await row('Neverball').isDisabled()).toBe(true);
  await games.getByText('An app of this name runs another command').waitFor();
  await games.getByRole('button', { name: 'Choose all new ones' }).click();
  expect([await row('Xonotic').isChecked(), await row('SuperTux').isChecked()]).toEqual([
    true,
    false,
  ]);
  await row('SuperTux').check();
  await games.getByLabel('Your password').fill(PASSWORD);
  await games.getByRole('button', { name: 'Import 2' }).click();
  await games.waitFor({ state: 'detached' });
  await expect.poll(() => titles(page)).toContain('Xonotic');
  expect(admin.apps.byId('supertux')).toMatchObject({
    command: ['supertux2', '--fullscreen'],
    environment: { LANG: 'de' },
  });
});
