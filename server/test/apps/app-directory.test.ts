import { mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { PNG } from 'pngjs';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { AppConflict, AppDirectory } from '../../src/apps/app-directory.ts';
import type { AppDraft } from '../../src/apps/app-directory.ts';
import { drawDefaultArt } from '../../src/apps/art/default-art.ts';
import { shrinkArt } from '../../src/apps/art/small-art.ts';
import { InvalidArt } from '../../src/apps/art/png.ts';
import { BUILT_IN_IDS, BUILT_IN_TITLES } from './built-in-apps.ts';
import { Store } from '../../src/store/store.ts';

const log = pino({ level: 'silent' });
const DAY = 24 * 3600 * 1000;
let folder: string;
let artFolder: string;
let store: Store;
let now: number;

const open = () =>
  AppDirectory.open({
    store,
    log,
    artFolder,
    now: () => now,
    drawArt: (app) => drawDefaultArt(sharp, app),
    shrinkArt: (png) => shrinkArt(sharp, png),
  });

function draft(title: string, more: Partial<AppDraft> = {}): AppDraft {
  return {
    title,
    source: 'desktop',
    shell: false,
    environment: {},
    preparation: [],
    endsWith: 'processes',
    ...more,
  };
}

function picture(level: number): Buffer {
  const png = new PNG({ width: 60, height: 80 });
  png.data.fill(level);
  return PNG.sync.write(png);
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'earthshine-apps-'));
  artFolder = path.join(folder, 'art');
  store = await Store.open(path.join(folder, 'store.sqlite'), log);
  now = Date.UTC(2026, 10, 20);
});

afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

describe('AppDirectory', () => {
  it('has its built-in apps from the start, and never again once they are gone', async () => {
    const first = await open();
    expect(first.list()).toMatchObject([
      { id: 'desktop', title: 'Desktop', source: 'desktop', position: 0, hasArt: false },
      { id: 'second-screen', title: 'Second screen', source: 'own', position: 1 },
      { id: 'test-pattern', title: 'Test pattern', source: 'test-pattern', position: 2 },
      { id: 'input-only', source: 'input-only' },
      { id: 'game-mode', source: 'game-mode' },
      { id: 'sleep', source: 'host-sleep' },
      { id: 'switch-mode', source: 'host-switch' },
      { id: 'end-app', source: 'host-end-app', position: 7 },
    ]);
    expect(first.list()[0]).not.toHaveProperty('command');
    await first.remove('test-pattern');
    const second = await open();
    expect(second.list().map((app) => app.id)).toEqual(
      BUILT_IN_IDS.filter((id) => id !== 'test-pattern'),
    );
    expect(second.list()).toEqual(first.list());
  });

  it('puts Second screen behind Desktop where an older edition had its apps, once', async () => {
    const older = await open();
    await older.remove('second-screen');
    await older.add(draft('Steam'));
    await store.run("DELETE FROM settings WHERE key = 'apps.seeded.own'");
    const ids = async () => (await open()).list().map(({ id, gameId }) => [id, gameId]);
    const known = new Map(older.list().map(({ id, gameId }) => [id, gameId]));
    const added = await ids();
    expect(added.map(([id]) => id)).toEqual([...BUILT_IN_IDS, 'steam']);
    for (const [id, gameId] of added)
      if (id !== 'second-screen') expect(gameId).toBe(known.get(id as string));
    expect(await ids()).toEqual(added);
    await (await open()).remove('second-screen');
    expect(await ids()).toHaveLength(BUILT_IN_IDS.length);
  });

  it("leaves the owner's own app alone that has the name of a new built-in one", async () => {
    const older = await open();
    await older.remove('second-screen');
    const mine = await older.add(draft('Second screen', { command: ['mine'] }));
    await store.run("DELETE FROM settings WHERE key = 'apps.seeded.own'");
    expect((await open()).list()).toEqual(older.list());
    expect((await open()).byId('second-screen')).toEqual(mine);
  });

  it('runs an app of a kind that this edition does not know on the desktop', async () => {
    const own = await (await open()).add(draft('Game', { source: 'own', command: ['game'] }));
    expect((await open()).byId(own.id)?.source).toBe('own');
    await store.run("UPDATE apps SET source = 'hologram' WHERE id = 'game'");
    expect((await open()).byId(own.id)?.source).toBe('desktop');
  });

  it('keeps everything about an app over a restart', async () => {
    const directory = await open();
    const app = await directory.add(
      draft('Retro', {
        command: ['/usr/bin/retroarch', '--fullscreen', 'a b'],
        workingDirectory: '/srv',
        environment: { LANG: 'C', EMPTY: '' },
        preparation: [{ run: ['one'], undo: ['two', ''] }, { run: ['three'] }],
        endsWith: 'quit',
        codec: 'hevc',
      }),
    );
    expect(app).toMatchObject({
      id: 'retro',
      position: 8,
      codec: 'hevc',
      endsWith: 'quit',
      shell: false,
    });
    expect((await open()).byId('retro')).toEqual(app);
    expect((await open()).byGameId(app.gameId)).toEqual(app);
  });

  it('tells its listeners of each change, when it counts', async () => {
    const directory = await open();
    const seen: string[][] = [];
    const listener = () => seen.push(directory.list().map((app) => app.title));
    directory.on('changed', listener);
    await directory.add(draft('One'));
    await directory.update('one', draft('Eins'));
    await directory.reorder(['one', ...BUILT_IN_IDS.toReversed()]);
    await directory.remove('one');
    directory.off('changed', listener);
    await directory.add(draft('Two'));
    expect(seen).toEqual([
      [...BUILT_IN_TITLES, 'One'],
      [...BUILT_IN_TITLES, 'Eins'],
      ['Eins', ...BUILT_IN_TITLES.toReversed()],
      BUILT_IN_TITLES.toReversed(),
    ]);
  });

  it('finds an app by its old ids for a month', async () => {
    const directory = await open();
    const before = await directory.add(draft('Steam'));
    const renamed = await directory.update('steam', draft('Steam Deck'));
    const painted = await directory.setArt('steam', picture(9));
    expect(new Set([before.gameId, renamed.gameId, painted.gameId]).size).toBe(3);
    for (const { gameId } of [before, renamed, painted]) {
      expect(directory.byGameId(gameId)?.id).toBe('steam');
      expect((await open()).byGameId(gameId)?.id).toBe('steam');
    }
    now += 31 * DAY;
    const later = await open();
    expect(later.byGameId(before.gameId)).toBeUndefined();
    expect(later.byGameId(painted.gameId)?.id).toBe('steam');
  });

  it('gives an old title its old id back, and forgets the ids of a removed app', async () => {
    const directory = await open();
    const before = await directory.add(draft('Steam'));
    const renamed = await directory.update('steam', draft('Other'));
    expect((await directory.update('steam', draft('Steam'))).gameId).toBe(before.gameId);
    expect(directory.byGameId(renamed.gameId)?.title).toBe('Steam');
    await directory.remove('steam');
    expect(directory.byGameId(before.gameId)).toBeUndefined();
    expect(directory.byGameId(renamed.gameId)).toBeUndefined();
  });

  it('leaves the id alone when neither title nor art changes', async () => {
    const directory = await open();
    const before = await directory.add(draft('Steam'));
    const after = await directory.update('steam', draft('Steam', { command: ['steam'] }));
    expect(after.gameId).toBe(before.gameId);
    expect(after.command).toEqual(['steam']);
  });

  it('refuses an order that does not name every app once', async () => {
    const directory = await open();
    for (const ids of [
      ['desktop'],
      ['desktop', 'desktop'],
      ['desktop', 'other'],
      ['desktop', 'test-pattern', 'desktop'],
    ]) {
      await expect(directory.reorder(ids)).rejects.toThrow(AppConflict);
    }
    expect(directory.list().map((app) => app.id)).toEqual(BUILT_IN_IDS);
    await expect(directory.remove('other')).rejects.toThrow(RangeError);
    await expect(directory.update('other', draft('x'))).rejects.toThrow(RangeError);
  });

  it('makes changes one after the other', async () => {
    const directory = await open();
    await Promise.all(Array.from({ length: 5 }, () => directory.add(draft('Same'))));
    const ids = directory.list().map((app) => app.id);
    expect(ids).toEqual([...BUILT_IN_IDS, 'same', 'same-2', 'same-3', 'same-4', 'same-5']);
    expect(directory.list().map((app) => app.position)).toEqual(ids.map((_id, place) => place));
  });
});

describe('art', () => {
  it('is generated, then uploaded, then generated again', async () => {
    const directory = await open();
    const generated = await directory.art(directory.byId('desktop')!);
    const painted = await directory.setArt('desktop', picture(200));
    expect(painted.hasArt).toBe(true);
    const uploaded = PNG.sync.read(await directory.art(painted));
    expect([uploaded.width, uploaded.height, uploaded.data[0]]).toEqual([600, 800, 157]);
    const back = await directory.removeArt('desktop');
    expect(back.hasArt).toBe(false);
    expect((await directory.art(back)).equals(generated)).toBe(true);
  });

  it('lies on disk for the owner alone, and goes with the last app that has it', async () => {
    const directory = await open();
    await directory.add(draft('A'));
    await directory.add(draft('B'));
    await directory.setArt('a', picture(100));
    await directory.setArt('b', picture(100));
    const files = await readdir(artFolder);
    expect(files).toHaveLength(1);
    expect((await stat(artFolder)).mode & 0o777).toBe(0o700);
    expect((await stat(path.join(artFolder, files[0]!))).mode & 0o777).toBe(0o600);
    await directory.remove('a');
    expect(await readdir(artFolder)).toEqual(files);
    await directory.setArt('b', picture(220));
    const replaced = await readdir(artFolder);
    expect(replaced).toHaveLength(1);
    expect(replaced).not.toEqual(files);
  });

  it('is generated when the file is gone or has become a link', async () => {
    const directory = await open();
    const painted = await directory.setArt('desktop', picture(200));
    const file = path.join(artFolder, (await readdir(artFolder))[0]!);
    const uploaded = await directory.art(painted);
    await rm(file);
    const generated = await directory.art(painted);
    expect(generated.equals(uploaded)).toBe(false);
    await writeFile(path.join(folder, 'secret'), 'secret');
    await symlink(path.join(folder, 'secret'), file);
    expect((await directory.art(painted)).equals(generated)).toBe(true);
  });

  it('refuses what is no picture, and changes nothing', async () => {
    const directory = await open();
    const before = directory.list();
    await expect(directory.setArt('desktop', Buffer.from('GIF89a'))).rejects.toThrow(InvalidArt);
    await expect(directory.setArt('other', picture(100))).rejects.toThrow(RangeError);
    expect(directory.list()).toEqual(before);
    expect(await readdir(artFolder)).toEqual([]);
  });

  it('is tidied at the start: what a crash left, and pictures of removed apps', async () => {
    const directory = await open();
    const added = await directory.add(draft('Gone'));
    await directory.art(added);
    await directory.art(directory.byId('desktop')!);
    await directory.remove('gone');
    await writeFile(path.join(artFolder, `${'0'.repeat(64)}.png.0123.tmp`), 'half');
    await writeFile(path.join(artFolder, `${'1'.repeat(64)}.png`), 'unused');
    expect(await readdir(artFolder)).toHaveLength(4);
    await open();
    expect(await readdir(artFolder)).toEqual([expect.stringMatching(/^default-/)]);
  });

  it('leaves out an app whose row is damaged, says so, keeps its picture, and lets it be replaced', async () => {
    const first = await open();
    await first.add(draft('Doom', { command: ['doom'] }));
    const { gameId } = await first.setArt('doom', picture(9));
    for (const damage of ['{"', '[1]', '{}']) {
      await store.run('UPDATE apps SET command = ? WHERE id = ?', [damage, 'doom']);
      const second = await open();
      expect(second.list().map(({ id }) => id)).toEqual(BUILT_IN_IDS);
      expect(second.troubles).toEqual([expect.stringContaining('The app "Doom" is left out')]);
    }
    await store.run('UPDATE apps SET command = ? WHERE id = ?', ['["doom"]', 'doom']);
    const mended = await open();
    expect(mended.byGameId(gameId)).toMatchObject({ id: 'doom', hasArt: true });
    expect(await mended.art(mended.byId('doom')!)).toEqual(await first.art(first.byId('doom')!));
    await store.run('UPDATE apps SET environment = ? WHERE id = ?', ['{', 'doom']);
    const third = await open();
    await third.add(draft('Doom', { command: ['doom2'] }));
    expect((await open()).byId('doom')).toMatchObject({ command: ['doom2'] });
  });

  it('goes on without a folder for pictures, and says so', async () => {
    await writeFile(artFolder, '');
    const directory = await open();
    expect(directory.troubles).toEqual([
      expect.stringContaining(`folder has to be, ${artFolder}.`),
    ]);
    const desktop = directory.byId('desktop')!;
    expect((await directory.art(desktop)).subarray(1, 4).toString()).toBe('PNG');
  });
});
