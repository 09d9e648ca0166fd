import { mkdtempSync } from 'node:fs';
import type * as promises from 'node:fs/promises';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ArtFiles } from '../../../src/apps/art/art-files.ts';

/** Root may do anything with any folder: access() is asked for nobody in particular. */
const denied = vi.hoisted(() => ({ is: false }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof promises>();
  const access: typeof real.access = async (place, mode) => {
    if (!denied.is) return real.access(place, mode);
    throw Object.assign(new Error(`EACCES: ${String(place)}`), { code: 'EACCES', path: place });
  };
  return { ...real, access };
});

let home: string;
let told: string[];
beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'earthshine-art-'));
  told = [];
  denied.is = false;
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** So that nobody but root gets past the rights of a folder. */
async function asSomebodyElse(what: () => Promise<void>): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  await chmod(home, 0o755);
  if (isRoot) process.seteuid!(65_534);
  try {
    await what();
  } finally {
    if (isRoot) process.seteuid!(0);
  }
}

describe('the folder of box art', () => {
  it('that is there and may not be used is told of', async () => {
    denied.is = true;
    await ArtFiles.open(path.join(home, 'art'), (sentence) => told.push(sentence));
    expect(told).toEqual([
      expect.stringMatching(/^The folder of box art, \S+, may not be used by this user .*\./),
    ]);
  });

  it('that may not be read has no pictures', async () => {
    const folder = path.join(home, 'art');
    await mkdir(folder);
    await writeFile(path.join(folder, 'doom'), 'picture');
    await chmod(folder, 0);
    await asSomebodyElse(async () => {
      const files = await ArtFiles.open(folder, () => {});
      await expect(files.read('doom')).resolves.toBeUndefined();
    });
    await chmod(folder, 0o700);
  });

  it('that is as it should be is no news', async () => {
    const files = await ArtFiles.open(path.join(home, 'art'), (sentence) => told.push(sentence));
    const name = await files.keep(Buffer.from('picture'));
    await expect(files.read(name)).resolves.toEqual(Buffer.from('picture'));
    expect(told).toEqual([]);
  });
});
