import { closeSync, fstatSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { MediaPictures } from '../../src/media/pictures.ts';
import type { Viewer, ViewerListener } from '../../src/media/viewer.ts';
import { nativeAddon } from '../../src/native/addon.ts';
import { TEST_PATTERN, viewerRequest } from './viewer-request.ts';

const child = fileURLToPath(new URL('child.ts', import.meta.url));
const addon = nativeAddon();
const picture = TEST_PATTERN;

let folder: string;
let pictures: MediaPictures;
let faults: string[];
/** descriptors that were opened for a process */
let given: number[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'earthshine-descriptors-'));
  faults = [];
  given = [];
  pictures = new MediaPictures({
    log: pino({ level: 'silent' }),
    start: { command: process.execPath, args: ['--no-warnings', child] },
    build: 'test',
    addon,
  });
});
afterEach(async () => {
  await pictures.close();
  rmSync(folder, { recursive: true });
});

function view(number: number, descriptors: () => Promise<readonly number[]>): Viewer {
  const listener: ViewerListener = {
    viewing() {},
    statistics() {},
    restarted() {},
    sourceArea() {},
    notice() {},
    fault: (message) => faults.push(message),
  };
  const request = viewerRequest(number, { bitrateKbps: 10_000, key: new Uint8Array(16).fill(1) });
  return pictures.view(picture, request, listener, descriptors);
}

/** A file that the process on the other side writes into. */
function give(name: string): number {
  const descriptor = openSync(path.join(folder, name), 'w+');
  given.push(descriptor);
  return descriptor;
}

const written = (name: string): string => {
  try {
    return readFileSync(path.join(folder, name), 'utf8');
  } catch {
    return '';
  }
};

it.each(['a new process', 'the one that waits in stand-by'])('reach %s', async (which) => {
  if (which !== 'a new process') {
    pictures.prepare();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const [here, there] = addon.descriptorSockets();
  const viewer = view(1, async () => [give('first'), there]);
  await expect.poll(() => written('first')).toMatch(/^0 of/);
  expect(written('first')).toBe(`0 of ${viewer.pid}`);
  // A socket, as a portal gives it: what is written at one end arrives at the other.
  const arrived = Buffer.alloc(32);
  const length = readSync(here, arrived);
  expect(arrived.toString('latin1', 0, length)).toBe(`1 of ${viewer.pid}`);
  closeSync(here);
  // This process keeps none of them.
  for (const descriptor of [...given, there]) expect(() => fstatSync(descriptor)).toThrow('EBADF');
});

it('are opened anew for the process that takes over', async () => {
  let opened = 0;
  const viewer = view(1, async () => [give(`process ${(opened += 1)}`)]);
  await expect.poll(() => written('process 1')).toMatch(/^0 of/);
  const former = viewer.pid!;
  process.kill(former, 'SIGKILL');
  await expect.poll(() => written('process 2')).toMatch(/^0 of/);
  expect(written('process 2')).toBe(`0 of ${viewer.pid}`);
  expect(viewer.pid).not.toBe(former);
  expect(faults).toEqual([]);
});

it('that cannot be had end the picture with the reason', async () => {
  view(1, () => Promise.reject(new Error('The portal was closed.')));
  await expect.poll(() => faults).toEqual(['The portal was closed.']);
});

it('that come too late are closed', async () => {
  const gate = Promise.withResolvers<readonly number[]>();
  let asked = false;
  view(1, () => {
    asked = true;
    return gate.promise;
  });
  await expect.poll(() => asked).toBe(true);
  await pictures.close();
  gate.resolve([give('late')]);
  await expect.poll(() => isOpen(given[0]!)).toBe(false);
  expect(written('late')).toBe('');
});

function isOpen(descriptor: number): boolean {
  try {
    fstatSync(descriptor);
    return true;
  } catch {
    return false;
  }
}
