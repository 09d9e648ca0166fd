import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Viewer, ViewerListener, ViewerRequest } from '../../src/media/viewer.ts';
import { MediaPictures } from '../../src/media/pictures.ts';
import { nativeAddon } from '../../src/native/addon.ts';
import type { DescriptorAddon } from '../../src/native/descriptor-addon.ts';
import type { EncoderProbe, ViewerStatistics } from '../../src/native/media-addon.ts';
import { TEST_PATTERN, viewerRequest } from './viewer-request.ts';

/** the real way of descriptors */
const passing: Pick<DescriptorAddon, 'descriptorSockets' | 'sendDescriptors'> = nativeAddon();
const child = fileURLToPath(new URL('child.ts', import.meta.url));
const picture = TEST_PATTERN;
const endpoint = { address: '127.0.0.1', port: 5, localAddress: '127.0.0.1', localPort: 6 };

function request(viewer: number): ViewerRequest {
  return viewerRequest(viewer, {
    bitrateKbps: 10_000,
    key: new Uint8Array(16).fill(0xab),
  });
}

class Listener implements ViewerListener {
  viewings = 0;
  restarts = 0;
  reports: ViewerStatistics[] = [];
  notices: string[] = [];
  faults: string[] = [];
  viewing(): void {
    this.viewings += 1;
  }
  statistics(statistics: ViewerStatistics): void {
    this.reports.push(statistics);
  }
  restarted(): void {
    this.restarts += 1;
  }
  areas: unknown[] = [];
  sourceArea(area: unknown): void {
    this.areas.push(area);
  }
  notice(part: string, message: string | undefined): void {
    this.notices.push(message ?? `${part} is over`);
  }
  fault(message: string): void {
    this.faults.push(message);
  }
  sourceNotices(): string[] {
    return this.notices.filter((text) => text.startsWith('It is') || text === 'source is over');
  }
  /** types of the orders that the child repeated */
  orders(): string[] {
    return this.notices
      .filter((text) => text.startsWith('{'))
      .map((text) => (JSON.parse(text) as { type: string }).type);
  }
}

let folder: string;
let pages = 0;
let resets: [number, number][];
let pictures: MediaPictures;

function open(behaviour = '', encoders: readonly EncoderProbe[] = []): MediaPictures {
  pages = 0;
  resets = [];
  return new MediaPictures({
    log: pino({ level: 'silent' }),
    start: { command: process.execPath, args: ['--no-warnings', child, behaviour] },
    build: 'test',
    encoders: () => encoders,
    addon: {
      ...passing,
      createCounterPage: () => {
        pages += 1;
        const fd = openSync(path.join(folder, `page-${pages}`), 'w+');
        writeSync(fd, `counters ${pages}`);
        return fd;
      },
      resetCounters: (fd, slot) => resets.push([fd, slot]),
    },
  });
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** processes that this one has started */
const children = (): number[] =>
  readdirSync('/proc/self/task').flatMap((thread) =>
    readFileSync(`/proc/self/task/${thread}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number),
  );

const until = (condition: () => unknown, timeout = 8000): Promise<unknown> =>
  vi.waitUntil(condition, { timeout, interval: 10 });

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-media-'));
  pictures = open();
});

afterEach(async () => {
  await pictures.close();
  await pictures.close();
  rmSync(folder, { recursive: true });
});

describe('a picture', () => {
  it('is one process for all who watch it, and another for another mode', async () => {
    const [a, b, c] = [new Listener(), new Listener(), new Listener()];
    const first = pictures.view(picture, request(1), a);
    const second = pictures.view({ ...picture }, request(2), b);
    const third = pictures.view({ ...picture, width: 640 }, request(3), c);
    await until(() => a.viewings && b.viewings && c.viewings);
    expect(first.pid).toBe(second.pid);
    expect(third.pid).not.toBe(first.pid);
    expect(resets.map(([, slot]) => slot)).toEqual([0, 1, 2]);
    expect(pages).toBe(1);
  });

  it('tells everyone where its source lies, also who joins later', async () => {
    const [a, b] = [new Listener(), new Listener()];
    pictures.view(picture, request(1), a);
    await until(() => a.viewings);
    pictures.view({ ...picture }, request(2), b);
    await until(() => b.viewings);
    for (const { areas } of [a, b]) {
      expect(areas[0]).toEqual({
        x: 1,
        y: 2,
        width: 3,
        height: 4,
        desktopWidth: 5,
        desktopHeight: 6,
      });
    }
  });

  it('tells everyone what is wrong with it, also who joins later, until that is over', async () => {
    await pictures.close();
    pictures = open('away');
    const [a, b, c] = [new Listener(), new Listener(), new Listener()];
    const first = pictures.view(picture, request(1), a);
    await until(() => a.viewings);
    // Its source cannot be seen, so it is expected to come back.
    const second = pictures.view({ ...picture, awaitSource: true }, request(2), b);
    await until(() => b.viewings);
    expect(second.pid).toBe(first.pid);
    expect([a, b].map((one) => one.sourceNotices())).toEqual([['It is gone.'], ['It is gone.']]);

    second.requestKeyframe(0);
    await until(() => [a, b].every((one) => one.sourceNotices().length === 2));
    expect(a.sourceNotices()[1]).toBe('source is over');
    expect(b.sourceNotices()[1]).toBe('source is over');
    pictures.view(picture, request(3), c);
    await until(() => c.viewings);
    expect(c.sourceNotices()).toEqual([]);
  });

  it('takes the warm process that a launch prepared', async () => {
    const before = children();
    pictures.prepare();
    pictures.prepare();
    const warm = children().filter((pid) => !before.includes(pid));
    expect(warm).toHaveLength(1);
    const listener = new Listener();
    const viewer = pictures.view(picture, request(1), listener);
    await until(() => listener.viewings);
    expect(viewer.pid).toBe(warm[0]);
    expect(pages).toBe(1);
  });

  it('waits no longer than somebody may launch', async () => {
    const before = children();
    const waiting = (): number[] => children().filter((pid) => !before.includes(pid));
    pictures.prepare(900);
    pictures.prepare(50);
    const [warm] = waiting();
    await delay(400);
    expect(waiting()).toEqual([warm]);
    await until(() => waiting().length === 0);
  });

  it('gets keys, endpoints and orders in their order, and the counter page', async () => {
    const listener = new Listener();
    const viewer = pictures.view(picture, request(1), listener);
    viewer.setEndpoint('audio', endpoint);
    await until(() => listener.orders().length === 2);
    viewer.setEndpoint('video', endpoint);
    viewer.requestKeyframe(4);
    viewer.invalidate(7, 9);
    viewer.tune({ bitrateKbps: 5000 });
    await until(() => listener.orders().length === 6);
    expect(listener.orders()).toEqual([
      'viewer',
      'endpoint',
      'endpoint',
      'keyframe',
      'invalidate',
      'tune',
    ]);
    expect(listener.notices[0]).toContain('ab'.repeat(16));
    expect(listener.notices).toContain('page counters 1');
  });

  it('tells what is wrong, and when that is over', async () => {
    await pictures.close();
    pictures = open('recovers');
    const listener = new Listener();
    pictures.view(picture, request(1), listener);
    await until(() => listener.notices.length >= 2);
    expect(listener.notices.slice(0, 2)).toEqual(['There is none.', 'audio is over']);
  });

  it('ends with its last viewer, and is opened anew by the next', async () => {
    const listener = new Listener();
    const viewer = pictures.view(picture, request(1), listener);
    await until(() => listener.viewings);
    const pid = viewer.pid!;
    await viewer.close();
    await viewer.close();
    await until(() => !alive(pid));
    const next = new Listener();
    pictures.view(picture, request(2), next);
    await until(() => next.viewings);
    expect(listener.faults).toEqual([]);
  });
});

describe('a process that dies', () => {
  it('by SIGKILL is replaced within 2 s with the same viewers, endpoints, tuning, and a keyframe', async () => {
    const [a, b] = [new Listener(), new Listener()];
    const first = pictures.view(picture, request(1), a);
    const second = pictures.view(picture, request(2), b);
    first.setEndpoint('video', endpoint);
    first.tune({ fecPercentage: 40 });
    await until(() => a.viewings && b.viewings);
    await second.close();
    const pid = first.pid!;
    a.notices = [];
    const killed = performance.now();
    process.kill(pid, 'SIGKILL');
    await until(() => a.orders().length === 3);
    expect(performance.now() - killed).toBeLessThan(2000);
    expect(a.orders()).toEqual(['viewer', 'endpoint', 'keyframe']);
    const introduction = a.notices.find((text) => text.startsWith('{'));
    expect(introduction).toContain('"fecPercentage":40');
    // The same page: counters go on under the same key.
    expect(a.notices).toContain('page counters 1');
    expect(resets).toHaveLength(2);
    expect(first.pid).not.toBe(pid);
    expect([a.viewings, a.restarts, b.viewings, b.restarts]).toEqual([2, 1, 1, 0]);
    expect(a.faults).toEqual([]);
  });

  it('is replaced by one that waits for a source which is gone by now', async () => {
    await pictures.close();
    pictures = open('away');
    const listener = new Listener();
    const viewer = pictures.view(picture, request(1), listener);
    await until(() => listener.viewings);
    process.kill(viewer.pid!, 'SIGKILL');
    await until(() => listener.viewings === 2);
    // What the dead one told is over: the source may have come back in between.
    expect(listener.sourceNotices().slice(0, 3)).toEqual([
      'It is gone.',
      'source is over',
      'It is awaited.',
    ]);
    expect(listener.faults).toEqual([]);
  });

  it('again and again ends the stream with a sentence', async () => {
    await pictures.close();
    pictures = open('crash-on-open');
    const listener = new Listener();
    pictures.view(picture, request(1), listener);
    await until(() => listener.faults.length);
    expect(listener.faults).toEqual([
      'The media process stopped again and again: ended with status 3',
    ]);
    expect(listener.restarts).toBe(2);
  });

  it.each(['encoder-crashes', 'encoder-fails'])(
    'through its encoder (%s) leaves that one out, and the next one goes on',
    async (behaviour) => {
      await pictures.close();
      const profiles = [{ name: 'High', chroma: '4:2:0', bitDepth: 8 }] as const;
      pictures = open(
        behaviour,
        ['vaapi', 'x264'].map((name) => ({ name, codec: 'h264', profiles, invalidation: true })),
      );
      const listener = new Listener();
      pictures.view(picture, request(1), listener);
      // Four processes have to start.
      await until(() => listener.viewings, 30_000);
      expect(listener.restarts).toBe(3);
      expect(listener.faults).toEqual([]);
      await until(() => listener.orders().includes('viewer'));
      expect(listener.notices.find((text) => text.startsWith('The encoder'))).toMatch(
        /^The encoder vaapi failed again and again \(.+\); x264 takes its place\.$/,
      );
      const order = listener.notices.find((text) => text.startsWith('{"type":"viewer"'))!;
      expect(JSON.parse(order)).toMatchObject({ options: { video: { encoders: ['x264'] } } });
    },
    40_000,
  );

  it('is not blamed when it is the host that stands still', async () => {
    await pictures.close();
    pictures = open();
    const listener = new Listener();
    const viewer = pictures.view(picture, request(1), listener);
    await until(() => listener.viewings);
    const pid = viewer.pid!;
    const end = performance.now() + 5_600;
    while (performance.now() < end);
    viewer.requestKeyframe(0);
    await until(() => listener.orders().includes('keyframe'));
    expect(listener.restarts).toBe(0);
    expect(alive(pid)).toBe(true);
  });

  it('is killed and replaced when it falls silent', async () => {
    await pictures.close();
    pictures = open('silent');
    const listener = new Listener();
    const viewer = pictures.view(picture, request(1), listener);
    await until(() => listener.viewings);
    const pid = viewer.pid!;
    await until(() => listener.restarts === 1 && listener.viewings === 2, 12_000);
    expect(alive(pid)).toBe(false);
  });
});

describe('what cannot be had', () => {
  it.each([
    ['no-source', 'There is no display :99.'],
    ['no-viewer', 'No encoder for this.'],
    [
      'other-build',
      'The host was upgraded while it ran; it must be restarted before it can stream.',
    ],
  ])('%s is told to the session', async (behaviour, sentence) => {
    await pictures.close();
    pictures = open(behaviour);
    const listener = new Listener();
    pictures.view(picture, request(1), listener);
    await until(() => listener.faults.length);
    expect(listener.faults).toEqual([sentence]);
    expect(listener.viewings).toBe(0);
  });

  it('a program that is not there', async () => {
    await pictures.close();
    pictures = new MediaPictures({
      log: pino({ level: 'silent' }),
      start: { command: path.join(folder, 'nothing'), args: [] },
      build: 'test',
      addon: {
        ...passing,
        createCounterPage: () => openSync(path.join(folder, 'page'), 'w+'),
        resetCounters: () => {},
      },
    });
    const listener = new Listener();
    pictures.view(picture, request(1), listener);
    await until(() => listener.faults.length);
    expect(listener.faults[0]).toMatch(/could not be started/);
  });

  it('a counter page, when descriptors have run out', async () => {
    await pictures.close();
    pictures = new MediaPictures({
      log: pino({ level: 'silent' }),
      start: { command: process.execPath, args: [] },
      build: 'test',
      addon: {
        ...passing,
        createCounterPage: () => {
          throw new Error('Too many open files.');
        },
        resetCounters: () => {},
      },
    });
    pictures.prepare();
    expect(() => pictures.view(picture, request(1), new Listener())).toThrow('Too many open files');
  });

  it('a descriptor table that no child can be given', async () => {
    await pictures.close();
    pictures = new MediaPictures({
      log: pino({ level: 'silent' }),
      start: { command: '\0', args: [] },
      build: 'test',
      addon: {
        ...passing,
        createCounterPage: () => openSync(path.join(folder, 'page'), 'w+'),
        resetCounters: () => {},
      },
    });
    const listener = new Listener();
    pictures.view(picture, request(1), listener);
    await until(() => listener.faults.length);
    expect(listener.faults[0]).toMatch(/stopped again and again: could not be started/);
  });

  it('a 65th viewer', () => {
    const viewers: Viewer[] = [];
    for (let viewer = 1; viewer <= 64; viewer += 1) {
      viewers.push(pictures.view(picture, request(viewer), new Listener()));
    }
    expect(() => pictures.view(picture, request(65), new Listener())).toThrow('Too many devices');
    expect(() => pictures.view({ ...picture, width: 2 }, request(65), new Listener())).toThrow();
    void viewers[3]!.close();
    pictures.view(picture, request(66), new Listener());
    expect(resets.at(-1)![1]).toBe(3);
  });

  it('a process that ignores close is killed', async () => {
    await pictures.close();
    pictures = open('stubborn');
    const listener = new Listener();
    const viewer = pictures.view(picture, request(1), listener);
    await until(() => listener.viewings);
    const pid = viewer.pid!;
    await pictures.close();
    expect(alive(pid)).toBe(false);
  });
});
