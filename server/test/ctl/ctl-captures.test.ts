import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { runCtl } from '../../src/ctl/ctl.ts';
import { FINGERPRINT, startAdmin, streaming } from '../admin/admin-harness.ts';
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

it('why: a device’s stream is told link by link, and its last one when none runs', async () => {
  expect(await ctl('why')).toMatchObject({ exit: 4, err: 'No device is paired.\n' });
  await admin.devices.add({ fingerprint: FINGERPRINT, name: 'TV', certificatePem: 'PEM' });
  expect((await ctl('why', 'tv')).out).toContain('Nothing is known of a stream to TV yet');
  expect((await ctl('why', 'Phone')).exit).toBe(4);
  expect((await ctl('why', 'TV', 'Phone')).exit).toBe(2);

  const session = new DrivenSession(7, { source: 'x11' });
  admin.recorder.observe(session);
  session.happenings.pass({ kind: 'state', state: 'streaming' });
  admin.sessions.set([session.view()]);
  session.play(simulate({ ...HEALTHY, seconds: 12, encode: 84 }));
  const { out } = await ctl('why');
  expect(out).toContain('TV: Desktop, streaming now, 1920×1080 at 59.94 Hz, H.264 4:2:0, 8 bits');
  expect(out).toMatch(/Not HDR \(compositor\)\n {2}The desktop is a screen of X11/);
  expect(out).toMatch(/Not HEVC \(encoder\)\n {2}No encoder of this host writes HEVC\./);
  expect(out).toMatch(/Not at its rate \(encoder\)\n {2}The encoder kept up with 1\d of the 60 /);

  session.end();
  admin.sessions.set([]);
  await admin.recorder.close();
  const { stream, shortfalls } = JSON.parse((await ctl('why', 'TV', '--json')).out) as {
    stream: object;
    shortfalls: { wish: string; code: string }[];
  };
  expect(stream).toMatchObject({ live: false, app: { id: 'desktop' }, video: { codec: 'h264' } });
  expect(shortfalls.map(({ wish, code }) => `${wish}: ${code}`)).toEqual([
    'hdr: hdr-x11',
    'hevc: no-encoder',
    'av1: no-encoder',
    'yuv444: no-encoder',
    'rate: rate-encoder',
  ]);
});
