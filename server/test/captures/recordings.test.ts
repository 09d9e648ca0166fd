import { mkdir, mkdtemp, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { writeCsv } from '../../src/captures/csv.ts';
import { readRecording, writeRecording } from '../../src/captures/recording-file.ts';
import { DamagedRecording, RECORDING_ID } from '../../src/captures/recording.ts';
import type { Recording } from '../../src/captures/recording.ts';
import { MOST_SUMMARIES, NoRoomForRecording, Recordings } from '../../src/captures/recordings.ts';
import { StreamCapture } from '../../src/captures/stream-capture.ts';
import { streamIdentity } from '../../src/captures/identity.ts';
import { streaming } from '../admin/admin-harness.ts';
import { HEALTHY, simulate } from './simulated-stream.ts';

const log = pino({ level: 'silent' });
const identity = streamIdentity(streaming, {
  name: 'host',
  version: '1',
  versions: { kernel: 'x' },
  settings: { fecPercentage: 20 },
});

let folder: string;
let now: number;
let budget: number;
let recordings: Recordings;

beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(os.tmpdir(), 'earthshine-recordings-')), 'recordings');
  now = Date.UTC(2026, 11, 1, 8, 30);
  budget = 10_000_000;
  recordings = new Recordings({ folder, log, budget: () => budget, now: () => (now += 1000) });
});
afterEach(() => rm(path.dirname(folder), { recursive: true }));

function made(kind: 'capture' | 'summary' = 'capture', seconds = 20): Recording {
  const capture = new StreamCapture();
  for (const second of simulate({ ...HEALTHY, seconds })) capture.second(second, identity);
  capture.event({ kind: 'keyframe-requested', at: 5000 });
  return capture.recording(
    { id: recordings.freshId(), kind, name: 'Desktop · TV', from: 0 },
    identity,
  )!;
}

async function text(recording: Recording): Promise<string> {
  const parts: string[] = [];
  for await (const part of writeRecording(recording)) parts.push(part);
  return parts.join('');
}

const file = (id: string): string => path.join(folder, `${id}.json`);

describe('Recordings', () => {
  it('are read as they were written, in a file of the owner alone', async () => {
    const recording = made();
    const { id } = recording.header;
    expect(id).toMatch(RECORDING_ID);
    await recordings.add(recording);
    const read = await recordings.read(id);
    expect(read.header).toEqual(recording.header);
    expect(read.events).toEqual(recording.events);
    expect([...read.table.columns.keys()]).toEqual([...recording.table.columns.keys()]);
    const values = (one: Recording) => [...one.table.columns.get('encode.mean')!];
    for (const [row, value] of values(read).entries())
      expect(value).toBeCloseTo(values(recording)[row]!, 3);
    expect((await stat(file(id))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await recordings.list()).toMatchObject([
      { id, header: { name: 'Desktop · TV', samples: 20 } },
    ]);
  });

  it('are listed the newest first, renamed, noted, pinned and removed', async () => {
    const [first, second] = [made(), made()];
    await recordings.add(first);
    await recordings.add(second);
    expect((await recordings.list()).map(({ id }) => id)).toEqual([
      second.header.id,
      first.header.id,
    ]);
    await recordings.change(first.header.id, { name: 'Before', note: 'with 5 GHz', pinned: true });
    expect(await recordings.find(first.header.id)).toMatchObject({
      header: { name: 'Before', note: 'with 5 GHz', pinned: true },
    });
    await recordings.remove(first.header.id);
    await expect(recordings.remove(first.header.id)).rejects.toThrow(RangeError);
    await expect(recordings.read(first.header.id)).rejects.toThrow(RangeError);
    expect(await recordings.list()).toHaveLength(1);
  });

  it('make room: the oldest go that are not pinned', async () => {
    const all = [made(), made(), made(), made()];
    const { bytes } = await recordings.add(all[0]!);
    budget = bytes * 3.5;
    await recordings.change(all[0]!.header.id, { pinned: true });
    for (const one of all.slice(1)) await recordings.add(one);
    expect((await recordings.list()).map(({ id }) => id)).toEqual(
      [3, 2, 0].map((at) => all[at]!.header.id),
    );
  });

  it('that pinned ones leave no room for are refused', async () => {
    const pinned = made();
    const { bytes } = await recordings.add(pinned);
    await recordings.change(pinned.header.id, { pinned: true });
    budget = bytes * 1.5;
    await expect(recordings.add(made())).rejects.toThrow(NoRoomForRecording);
    expect((await recordings.list()).map(({ id }) => id)).toEqual([pinned.header.id]);
  });

  it('keep so many summaries, whatever the budget', async () => {
    budget = 1;
    const first = made('summary', 6);
    for (const one of [
      first,
      ...Array.from({ length: MOST_SUMMARIES }, () => made('summary', 6)),
    ]) {
      await recordings.add(one);
    }
    const ids = (await recordings.list()).map(({ id }) => id);
    expect(ids).toHaveLength(MOST_SUMMARIES);
    expect(ids).not.toContain(first.header.id);
  });

  it('that are damaged are shown as damaged, and can be removed', async () => {
    const [cut, garbage] = [made(), made()];
    await recordings.add(cut);
    await recordings.add(garbage);
    await truncate(file(cut.header.id), 9000);
    await writeFile(file(garbage.header.id), 'no recording at all');
    const listed = await recordings.list();
    expect(listed).toMatchObject([
      { id: garbage.header.id, damage: 'The file does not begin as a recording does.' },
      { id: cut.header.id, damage: 'The recording is not whole.' },
    ]);
    await expect(recordings.read(cut.header.id)).rejects.toThrow(DamagedRecording);
    await recordings.remove(cut.header.id);
    expect(await recordings.list()).toHaveLength(1);
  });

  it('follow no link, and are named by their pattern alone', async () => {
    await mkdir(folder, { recursive: true });
    const secret = path.join(path.dirname(folder), 'secret.json');
    await writeFile(secret, await text(made()));
    const linked = '20261201-083000-0123abcd';
    await symlink(secret, file(linked));
    await writeFile(path.join(folder, 'notes.json'), '{}');
    await mkdir(file('20261201-083001-0123abcd'));
    expect(await recordings.list()).toEqual([]);
    await expect(recordings.open(linked)).rejects.toThrow(RangeError);
    for (const id of ['../secret', 'notes', '', '20261201-083000-0123abcd/..']) {
      expect(await recordings.find(id)).toBeUndefined();
      await expect(recordings.read(id)).rejects.toThrow(RangeError);
      await expect(recordings.remove(id)).rejects.toThrow(RangeError);
    }
    expect(await readFile(secret, 'utf8')).not.toBe('');
  });

  it('from elsewhere come in whole, under an id of their own', async () => {
    const original = made();
    const { id } = await recordings.import(await text(original));
    expect(id).not.toBe(original.header.id);
    expect((await recordings.read(id)).header).toMatchObject({
      imported: true,
      name: 'Desktop · TV',
    });
  });
});

describe('a file that is no recording', () => {
  const broken = async (change: (value: Record<string, never>) => unknown): Promise<string> => {
    const value = JSON.parse(await text(made()));
    return JSON.stringify(change(value) ?? value);
  };

  it.each<[string, (value: Record<string, never[]>) => unknown]>([
    ['is empty', () => ({})],
    ['is a list', () => []],
    ['is of another kind', (v) => ({ ...v, format: 'else' })],
    ['is of a later version', (v) => ({ ...v, version: 2 })],
    ['has no head', (v) => ({ ...v, header: {} })],
    ['has an id that leads elsewhere', (v) => ({ ...v, header: { ...v.header, id: '../../x' } })],
    ['goes back in time', (v) => ({ ...v, times: [...v['times']!.slice(1), 0] })],
    ['has times that are none', (v) => ({ ...v, times: v['times']!.map(() => 'x') })],
    ['has more times than it may', (v) => ({ ...v, times: Array(20_000).fill(0) })],
    ['has a column of another length', (v) => ({ ...v, columns: { framesNew: [1, 2] } })],
    ['has words in a column', (v) => ({ ...v, columns: { framesNew: 'x' } })],
    ['has no columns', (v) => ({ ...v, columns: [] })],
    ['has events that are none', (v) => ({ ...v, events: [1] })],
    [
      'has an event as long as a book',
      (v) => ({ ...v, events: [{ at: 0, kind: 'x', t: 'y'.repeat(3000) }] }),
    ],
    ['has fewer seconds than it says', (v) => ({ ...v, times: [], columns: {} })],
  ])('%s', async (_, change) => {
    const content = await broken(change);
    expect(() => readRecording(content)).toThrow(DamagedRecording);
  });

  it('is cut anywhere', async () => {
    const whole = await text(made());
    for (let end = 0; end < whole.length - 1; end += 997) {
      expect(() => readRecording(whole.slice(0, end))).toThrow(DamagedRecording);
    }
  });

  it('has columns of a later version: they are left out', async () => {
    const content = await broken((v) => ({
      ...v,
      columns: { ...(v['columns'] as unknown as object), later: 1 },
    }));
    expect(readRecording(content).table.columns.has('later')).toBe(false);
  });
});

describe('CSV', () => {
  it('has a name for each column and a line for each second', async () => {
    const parts: string[] = [];
    for await (const part of writeCsv(made())) parts.push(part);
    const lines = parts.join('').trimEnd().split('\r\n');
    expect(lines).toHaveLength(21);
    const names = lines[0]!.split(',');
    expect(names[0]).toBe('milliseconds');
    for (const line of lines) expect(line.split(',')).toHaveLength(names.length);
    expect(lines[1]!.split(',')[names.indexOf('framesNew')]).toMatch(/^\d+$/);
  });
});
