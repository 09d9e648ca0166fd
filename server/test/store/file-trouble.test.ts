import fs, { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

  it.each([
    [1, 'X cannot be written: the disk is full. Make room there and start again.'],
    [1 << 20, 'X cannot be used: the disk does not answer as it should (SQLITE_IOERR: raw).'],
  ])('tells a full disk of %s free blocks from a broken one', (free, sentence) => {
    vi.spyOn(fs, 'statfsSync').mockReturnValue({ bavail: free, bsize: 4096 } as fs.StatsFs);
    expect(fileTrouble('X', failure('SQLITE_IOERR'), '/x/store')).toBe(sentence);
    vi.restoreAllMocks();
  });

  it('names the file that stands where a folder has to be', () => {
    const file = path.join(folder, 'art');
    writeFileSync(file, '');
    expect(fileTrouble('X', failure('ENOTDIR', path.join(file, 'a/b')))).toContain(
      `, ${file}. Move`,
    );
  });

  describe('for what is another user’s', () => {
    const owner = process.getuid?.() === 0 ? 'root' : `user ${process.getuid?.()}`;
    const told = (at: string, place?: string) => {
      vi.spyOn(process, 'getuid').mockReturnValue(4711);
      vi.spyOn(os, 'homedir').mockReturnValue(path.join(folder, 'home'));
      const sentence = fileTrouble('X', failure('EACCES', at), place);
      vi.restoreAllMocks();
      return sentence;
    };

    it('names the owner, and how to have back what is the host’s own', () => {
      const data = path.join(folder, 'data');
      mkdirSync(data);
      const wanted = `X may not be used by this user (4711): ${data} belongs to ${owner}. Give it back with "sudo chown -R $USER ${data}", or name another folder with --data.`;
      expect(told(data)).toBe(wanted);
      expect(told(path.join(data, 'identity/identity.json'), data)).toBe(wanted);
      expect(told(path.join(data, 'earthshine.sqlite'))).toBe(wanted);
    });

    it('gives back what lies in the home folder', () => {
      const share = path.join(folder, 'home/.local/share');
      mkdirSync(share, { recursive: true });
      expect(told(path.join(share, 'earthshine'))).toContain(`"sudo chown -R $USER ${share}"`);
    });

    it('never gives a folder of the system to anybody', () => {
      expect(told('/nonexistent/.local/share/earthshine')).toMatch(
        /: it would have to be made in \/, which belongs to root\. Make it there as root and give it to this user, or name another folder with --data\.$/,
      );
      expect(told(path.join(folder, 'not/there'))).not.toContain('chown');
      expect(told(folder, path.join(folder, 'deeper'))).not.toContain('chown');
    });
  });

  it('names the rights that are missing on one’s own', () => {
    expect(fileTrouble('X', failure('EACCES', folder))).toContain(
      `${folder} permits nobody to. Permit it with "chmod u+rwx ${folder}"`,
    );
  });
});
