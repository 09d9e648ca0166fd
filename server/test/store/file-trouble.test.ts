import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { fileTrouble } from '../../src/store/file-trouble.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-trouble-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const failure = (code: string, at?: string) =>
  Object.assign(new Error(`${code}: raw`), { code, ...(at && { path: at }) });

describe('fileTrouble', () => {
  it.each([
    ['ENOSPC', 'X cannot be written: the disk is full. Make room there and start again.'],
    ['SQLITE_FULL', 'X cannot be written: the disk is full. Make room there and start again.'],
    ['EROFS', 'X lies on a file system that is mounted read-only.'],
    [
      'SQLITE_BUSY',
      'X is held by another program ("fuser /x" names it). End that and start again.',
    ],
    ['EIO', 'X cannot be used: EIO: raw'],
  ])('says %s in words', (code, sentence) => {
    expect(fileTrouble('X', failure(code), '/x')).toBe(sentence);
  });

  it('names the file that stands where a folder has to be', () => {
    const file = path.join(folder, 'art');
    writeFileSync(file, '');
    expect(fileTrouble('X', failure('ENOTDIR', path.join(file, 'a/b')))).toContain(
      `, ${file}. Move`,
    );
  });

  it('names the owner of what is another user’s, and how to have it back', () => {
    vi.spyOn(process, 'getuid').mockReturnValue(4711);
    const sentence = fileTrouble('X', failure('EACCES', path.join(folder, 'not/there')));
    vi.restoreAllMocks();
    const owner = process.getuid?.() === 0 ? 'root' : `user ${process.getuid?.()}`;
    expect(sentence).toContain(`by this user (4711): ${folder} belongs to ${owner}.`);
    expect(sentence).toContain(`"sudo chown -R $USER ${folder}"`);
  });
});
