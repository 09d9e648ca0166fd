import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { UndoJournal } from '../../src/store/undo-journal.ts';
import { KeepAwake } from '../../src/user-session/keep-awake.ts';
import { ScreenLock } from '../../src/user-session/screen-lock.ts';
import { StreamCare, type CaredStream } from '../../src/user-session/stream-care.ts';
import { FakeBuses, SESSION_PATH, withLogind, type FakeBus } from './fake-bus.ts';

const log = pino({ level: 'silent' });
let folder: string;
let journal: UndoJournal;
let buses: FakeBuses;
let logind: FakeBus;
let lock: ScreenLock;
let care: StreamCare;
let streams: CaredStream[];
let told: (string | undefined)[];
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'stream-care-'));
  journal = await UndoJournal.open(path.join(folder, 'undo.json'), log);
  buses = new FakeBuses();
  logind = withLogind(buses);
  lock = new ScreenLock({ buses, journal, log });
  streams = [];
  told = [];
  care = new StreamCare({
    awake: new KeepAwake({ buses, wakeScreens: async () => {}, log }),
    lock,
    streams: () => streams,
    log,
  });
});
afterEach(async () => {
  await care.close();
  rmSync(folder, { recursive: true });
});

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));
const isLocked = (): unknown => logind.properties.get(`${SESSION_PATH} LockedHint`);
/** The journal is on a disk: what it waits for takes a while. */
const becomes = (locked: boolean, rows: number): Promise<void> =>
  vi.waitFor(
    () => expect([isLocked(), journal.entries('display').length]).toEqual([locked, rows]),
    10_000,
  );
const stream = (more: Partial<CaredStream> = {}): CaredStream => ({
  number: 1,
  streaming: true,
  ofDesktop: true,
  mayUnlock: false,
  tell: (notice) => told.push(notice),
  ...more,
});

async function stand(...all: CaredStream[]): Promise<void> {
  streams = all;
  care.changed();
  await settled();
}

it('says that the screen is locked, to who watches it, and that it is over', async () => {
  logind.properties.set(`${SESSION_PATH} LockedHint`, true);
  const unconcerned: (string | undefined)[] = [];
  await stand(stream(), stream({ ofDesktop: false, tell: (notice) => unconcerned.push(notice) }));
  expect(told.at(-1)).toMatch(/^The screen of the PC is locked\./);
  expect(isLocked()).toBe(true);
  expect(journal.entries('display')).toEqual([]);
  await logind.call(
    { destination: '', path: SESSION_PATH, interface: 'org.freedesktop.login1.Session' },
    'Unlock',
  );
  await vi.waitFor(() => expect(told.at(-1)).toBeUndefined());
  expect(unconcerned).toEqual([]);
});

it('unlocks for a device that may, and locks again when the last stream of the desktop ends', async () => {
  logind.properties.set(`${SESSION_PATH} LockedHint`, true);
  await stand(stream({ mayUnlock: true }));
  await becomes(false, 1);
  await stand(stream());
  expect(isLocked()).toBe(false);
  await stand();
  await becomes(true, 0);
});

it('a screen that somebody locks while it is streamed stays locked', async () => {
  logind.properties.set(`${SESSION_PATH} LockedHint`, true);
  await stand(stream({ mayUnlock: true }));
  await becomes(false, 1);
  const session = {
    destination: '',
    path: SESSION_PATH,
    interface: 'org.freedesktop.login1.Session',
  };
  await logind.call(session, 'Lock');
  await stand(stream({ mayUnlock: true }));
  expect(isLocked()).toBe(true);
  await vi.waitFor(() => expect(told.at(-1)).toMatch(/locked/));
  // A stream that begins anew opens it once more.
  await stand(stream({ mayUnlock: true, number: 2 }));
  await vi.waitFor(() => expect(isLocked()).toBe(false), 10_000);
});

it('a screen that was open is not locked at the end', async () => {
  logind.properties.set(`${SESSION_PATH} LockedHint`, false);
  await stand(stream({ mayUnlock: true }));
  await stand();
  expect(isLocked()).toBe(false);
});

it('a host that was killed leaves an open screen, which the next one locks', async () => {
  logind.properties.set(`${SESSION_PATH} LockedHint`, true);
  await stand(stream({ mayUnlock: true }));
  await becomes(false, 1);
  lock.removeAllListeners();
  const next = await UndoJournal.open(path.join(folder, 'undo.json'), log);
  await new ScreenLock({ buses, journal: next, log }).relock();
  expect(isLocked()).toBe(true);
  expect(next.entries('display')).toEqual([]);
});

it('what logind refuses stays written down, unless its session is over', async () => {
  logind.properties.set(`${SESSION_PATH} LockedHint`, true);
  await stand(stream({ mayUnlock: true }));
  await becomes(false, 1);
  logind.answers.set('org.freedesktop.login1.Session.Lock', () => {
    throw new Error('not now');
  });
  await lock.relock();
  expect(journal.entries('display')).toHaveLength(1);
  logind.answers.delete('org.freedesktop.login1.Session.Lock');
  await lock.relock();
  expect(journal.entries('display')).toEqual([]);
});
