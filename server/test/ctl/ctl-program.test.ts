import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ctlHelp } from '../../src/ctl/ctl.ts';

// The whole program, from its command line on: what it says before any host is asked.

const MAIN = path.resolve(import.meta.dirname, '../../src/main.ts');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-ctl-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function earthshine(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: folder },
  });
  return { status, stdout, stderr };
}

describe('earthshine ctl', () => {
  it('explains itself, not the host', () => {
    const all = { status: 0, stdout: `${ctlHelp()}\n`, stderr: '' };
    expect(earthshine('ctl', '--help')).toEqual(all);
    const { stdout } = earthshine('ctl', 'pair', 'answer', '--help');
    expect(stdout).toContain('  pair answer --pin');
    expect(stdout).not.toContain('--base-port');
    expect(earthshine('--help').stdout).toContain('--base-port');
  });

  it('says as JSON too which option of the host cannot be used', () => {
    const broken = path.join(folder, 'broken.json');
    writeFileSync(broken, 'no JSON');
    const lines: readonly (readonly [string[], RegExp])[] = [
      [['ctl', 'status', '--base-port', 'x'], /^--base-port x: it takes a whole number/],
      [['--unknown', 'ctl', 'status'], /"--unknown" is not an option/],
      [['ctl', 'status', '--data'], /--data needs a value/],
      [['--config', broken, 'ctl', 'status'], /broken\.json is not JSON/],
    ];
    for (const [words, why] of lines) {
      const asked = words.flatMap((word) => (word === 'ctl' ? ['ctl', '--json'] : [word]));
      const { status, stdout, stderr } = earthshine(...asked);
      expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
      expect(JSON.parse(stdout)).toEqual({
        error: { code: 'usage', message: expect.stringMatching(why) as string },
      });
    }
    const plain = earthshine(...lines[0]![0]);
    expect(plain).toMatchObject({ status: 2, stdout: '' });
    expect(plain.stderr).toMatch(lines[0]![1]);
  });
});
