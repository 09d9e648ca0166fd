import { openSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import pino from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { MediaPictures } from '../../src/media/pictures.ts';
import type { Viewer, ViewerListener } from '../../src/media/viewer.ts';
import { encoderWish } from '../../src/media/viewer.ts';
import { nativeAddon } from '../../src/native/addon.ts';
import type { EncoderProbe, PictureOptions, SourceArea } from '../../src/native/media-addon.ts';
import { TEST_PATTERN, viewerRequest } from './viewer-request.ts';

/** Pictures that are opened before somebody joins them, with real child processes. */

const child = fileURLToPath(new URL('child.ts', import.meta.url));
const launched = TEST_PATTERN;
const announced = { ...launched, width: 1920, height: 1080 };

let pictures: MediaPictures;
let before: readonly number[];

function open(behaviour = ''): void {
  before = children();
  pictures = new MediaPictures({
    log: pino({ level: 'silent' }),
    start: { command: process.execPath, args: ['--no-warnings', child, behaviour] },
    build: 'test',
    encoders: () => [X264],
    addon: {
      ...nativeAddon(),
      createCounterPage: () => openSync('/dev/null', 'r+'),
      resetCounters: () => {},
    },
  });
}

/** processes that this one has started */
function children(): number[] {
  return readdirSync('/proc/self/task').flatMap((thread) =>
    readFileSync(`/proc/self/task/${thread}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number),
  );
}

const started = (): number[] => children().filter((pid) => !before.includes(pid));
const X264: EncoderProbe = {
  name: 'x264',
  codec: 'h264',
  profiles: [],
  invalidation: true,
};

const until = (condition: () => unknown): Promise<unknown> =>
  vi.waitUntil(condition, { timeout: 8000, interval: 10 });

let lastViewer = 0;
/** Joins, and resolves when it watches or cannot. */
async function join(picture: PictureOptions) {
  const told = {
    viewing: false,
    faults: [] as string[],
    areas: [] as SourceArea[],
    orders: [] as unknown[],
  };
  const listener: ViewerListener = {
    viewing: () => {
      told.viewing = true;
    },
    statistics: () => {},
    restarted: () => {},
    sourceArea: (area) => told.areas.push(area),
    notice: (part, message) => {
      if (part === 'order' && message) told.orders.push(JSON.parse(message));
    },
    fault: (message) => told.faults.push(message),
  };
  lastViewer += 1;
  const key = new Uint8Array(16);
  const viewer: Viewer = pictures.view(
    picture,
    viewerRequest(lastViewer, { bitrateKbps: 10_000, key }),
    listener,
  );
  await until(() => told.viewing || told.faults.length > 0);
  return { viewer, told };
}

afterEach(() => pictures.close());

describe('a picture that somebody is expected to join', () => {
  it('is open in the process that waited, before anybody joins, and stays when one has', async () => {
    open();
    pictures.prepare();
    const [warm] = started();
    const descriptors = vi.fn(async () => []);
    const expected = pictures.expect(launched, descriptors);
    await until(() => descriptors.mock.calls.length);
    const { viewer } = await join({ ...launched });
    expected.close();
    expected.close();
    expect(viewer.pid).toBe(warm);
    expect(descriptors).toHaveBeenCalledTimes(1);
    expect(started()).toEqual([warm]);
    await viewer.close();
    await until(() => started().length === 0);
  });

  it('opens with the encoder that is likely; with that of its viewer when it opens again', async () => {
    open('tells-order');
    const likely = encoderWish(viewerRequest(0, { bitrateKbps: 5000 }));
    const descriptors = vi.fn(async () => []);
    const expected = pictures.expect(launched, descriptors, likely);
    await until(() => descriptors.mock.calls.length);
    await Promise.resolve();
    const { viewer, told } = await join(launched);
    expected.close();
    expect(told.orders).toMatchObject([{ expected: { bitrateKbps: 5000, encoders: ['x264'] } }]);
    process.kill(viewer.pid!, 'SIGKILL');
    await until(() => told.orders.length === 2);
    expect(told.orders[1]).toMatchObject({ expected: { bitrateKbps: 10_000 } });
    expect(JSON.stringify(told.orders[1])).not.toContain('key');
  });

  it('is closed when nobody comes', async () => {
    open();
    const expected = pictures.expect(launched);
    await until(() => started().length === 1);
    expected.close();
    await until(() => started().length === 0);
  });

  it.each([0, 400])('is another one in the same process, asked for after %s ms', async (wait) => {
    open('tells-mode');
    const expected = pictures.expect(launched);
    await new Promise((resolve) => setTimeout(resolve, wait));
    expected.change(announced);
    const { viewer, told } = await join(announced);
    expect(told.faults).toEqual([]);
    expect(told.areas.at(-1)).toMatchObject({ width: 1920, height: 1080 });
    expect(started()).toEqual([viewer.pid]);
    const other = await join(launched);
    expect(other.viewer.pid).not.toBe(viewer.pid);
  });

  it('is another process where somebody else watches the first', async () => {
    open('tells-mode');
    const { viewer, told } = await join(launched);
    const expected = pictures.expect(launched);
    expected.change(announced);
    const second = await join(announced);
    expected.close();
    expect(second.viewer.pid).not.toBe(viewer.pid);
    expect(told.areas.every(({ width }) => width === 1280)).toBe(true);
    expect(started()).toHaveLength(2);
  });

  it.each(['no-source', 'other-build'])(
    'and cannot be had, %s, is told to who joins',
    async (why) => {
      open(why);
      const expected = pictures.expect(launched);
      await until(() => started().length === 1);
      await until(() => started().length === 0);
      expected.change(announced);
      const { told } = await join(announced);
      expected.close();
      expect(told.faults).toHaveLength(1);
      expect(told.faults[0]).toContain(why === 'no-source' ? 'There is no display' : 'upgraded');
      await until(() => started().length === 0);
    },
  );

  it('is nothing on a host that stops', async () => {
    open();
    await pictures.close();
    const expected = pictures.expect(launched);
    expected.change(announced);
    expected.close();
    expect(started()).toEqual([]);
  });
});
