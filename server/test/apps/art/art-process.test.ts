import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { ArtProcess } from '../../../src/apps/art/art-process.ts';
import type { ArtProcessOptions } from '../../../src/apps/art/art-process.ts';

const app = { id: 'a', title: 'A', source: 'desktop', hasCommand: true } as const;
let folder: string;
let art: ArtProcess | undefined;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-art-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => art?.close());

/** A child that runs this script; `pid` is drawn as a picture. */
function startWith(script: string, options?: ArtProcessOptions): ArtProcess {
  const file = path.join(folder, 'child.cjs');
  writeFileSync(file, script);
  art = new ArtProcess(
    { command: process.execPath, args: [file], environment: { TOLD: '7' } },
    options,
  );
  return art;
}

const ANSWERS = `process.on('message', ({ number, app }) => {
  process.send({ number, picture: Buffer.from(app.title + ' ' + process.pid + ' ' + process.env.TOLD) });
});`;

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('ArtProcess', () => {
  it('draws one after the other in one process, which ends when nobody waits', async () => {
    const { draw } = startWith(ANSWERS, { idle: 100 });
    const [one, two] = await Promise.all([draw(app), draw({ ...app, title: 'B' })]);
    const [title, pid, told] = one.toString().split(' ');
    expect([title, told]).toEqual(['A', '7']);
    expect(two.toString()).toBe(`B ${pid} 7`);
    await expect.poll(() => isAlive(Number(pid))).toBe(false);
    expect((await draw(app)).toString()).not.toBe(one.toString());
  });

  it.each([
    ['process.exit(3)', 'the process ended with 3'],
    ['process.stderr.write("no library"); setTimeout(() => process.exit(1), 200)', 'no library'],
    [
      'process.on("message", ({ number }) => process.send({ number, failure: "no ink" }))',
      'no ink',
    ],
    ['setInterval(() => {}, 1000)', 'it took too long'],
  ])('says why it cannot: %s', async (script, why) => {
    const { draw } = startWith(script, { limit: 1500 });
    await expect(draw(app)).rejects.toThrow(why);
  });

  it('fails when the program is not there, and when it is closed', async () => {
    art = new ArtProcess({ command: '/nowhere/earthshine', args: [], environment: {} });
    await expect(art.draw(app)).rejects.toThrow('ENOENT');
    const waiting = startWith('setInterval(() => {}, 1000)').draw(app);
    art.close();
    await expect(waiting).rejects.toThrow('stopping');
    art.close();
  });
});
