import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { runCtl } from '../../src/ctl/ctl.ts';
import { startAdmin, streaming } from '../admin/admin-harness.ts';
import type { Admin } from '../admin/admin-harness.ts';
import { DrivenSession } from '../captures/captured.ts';
import { HEALTHY, simulate } from '../captures/simulated-stream.ts';

let admin: Admin;

beforeEach(async () => {
  admin = await startAdmin();
});
afterEach(() => admin.close());

async function ctl(...words: string[]) {
  let [out, err] = ['', ''];
  const exit = await runCtl(words, {
    dataDirectory: admin.folder,
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
  });
  return { exit, out, err };
}

it('a stream is recorded, and its recording saved, changed, taken in again and removed', async () => {
  const session = new DrivenSession(7);
  admin.recorder.observe(session);
  session.happenings.pass({ kind: 'state', state: 'streaming' });
  admin.sessions.set([{ ...streaming, id: 7 }]);
  expect((await ctl('recordings', 'list')).out).toBe('There are no recordings.\n');
  expect((await ctl('captures', 'start', '7')).out).toBe('Stream 7 is recorded.\n');
  session.play(simulate({ ...HEALTHY, seconds: 12, encode: 84 }));
  expect((await ctl('captures', 'list')).out).toMatch(
    /7 +TV +12 s +for \d s +1\d of 60 frames: the encoder/,
  );
  const [, id = ''] = / as (\S+)\.\n$/.exec((await ctl('captures', 'stop', '7')).out)!;
  expect((await ctl('captures', 'stop', '7')).out).toBe('Stream 7 was not recorded.\n');
  expect((await ctl('captures', 'keep', '7')).out).toContain('Stream 7 is kept as ');
  expect((await ctl('captures', 'keep', '9')).exit).toBe(4);
  expect((await ctl('captures', 'start', 'TV')).exit).toBe(2);

  expect((await ctl('recordings', 'rename', id, 'Before')).exit).toBe(0);
  expect((await ctl('recordings', 'note', 'before', '5 GHz')).exit).toBe(0);
  expect((await ctl('recordings', 'pin', id)).exit).toBe(0);
  expect((await ctl('recordings', 'list')).out).toMatch(/Before +pinned .* MB +1\d of 60 frames/);
  const [file, table] = ['saved.json', 'saved.csv'].map((name) => path.join(admin.folder, name));
  expect((await ctl('recordings', 'save', 'Before', file!)).exit).toBe(0);
  expect((await ctl('recordings', 'save', 'Before', table!, '--csv')).exit).toBe(0);
  expect(JSON.parse(await readFile(file!, 'utf8')).header.note).toBe('5 GHz');
  expect(await readFile(table!, 'utf8')).toMatch(/^milliseconds,/);
  expect((await ctl('recordings', 'remove', 'Before')).exit).toBe(0);
  expect((await ctl('recordings', 'import', file!)).out).toMatch(/^It is taken in as \S+\.\n$/);
  expect((await ctl('recordings', 'unpin', 'Before')).exit).toBe(0);

  await writeFile(file!, 'nothing');
  expect(await ctl('recordings', 'import', file!)).toMatchObject({
    exit: 1,
    err: expect.stringContaining('is no recording'),
  });
  expect((await ctl('recordings', 'save', 'Before', '/proc/none')).exit).toBe(1);
  expect((await ctl('recordings', 'remove', 'nobody knows')).exit).toBe(4);
});
