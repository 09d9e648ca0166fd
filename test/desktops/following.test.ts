import { afterEach, describe, expect, it } from 'vitest';
import { monotonicNow } from '../../server/src/client/clock.ts';
import { expectClean } from '../e2e/support/expectations.ts';
import type { SeenFrame, Viewing } from '../e2e/support/viewing.ts';
import { Gamescope, KWin, Mutter, Sway, type Compositor } from './support/compositors.ts';
import { DesktopHost } from './support/streaming.ts';
import { WaylandPattern } from './support/wayland-pattern.ts';

// A session that restarts or gives way to another while a device stays connected: its stream goes on with what comes.

const MODE = { width: 640, height: 360 };
/** milliseconds: a compositor starts in one second, on a busy machine in many */
const LIMIT = 60_000;
let desktop: Compositor | undefined;
let app: WaylandPattern | undefined;
let host: DesktopHost | undefined;
afterEach(async () => {
  await host?.close();
  await app?.close();
  await desktop?.close();
  host = app = desktop = undefined;
});

/** A picture that is drawn from now on. */
function fresh(viewing: Viewing, what: string): Promise<SeenFrame> {
  const since = monotonicNow();
  return viewing.next(({ stamp }) => stamp !== undefined && stamp.drawnAt > since, what, LIMIT);
}

async function end(): Promise<void> {
  await app?.close();
  await desktop?.close();
  app = desktop = undefined;
}

/** One client, one stream: nothing of it began anew, and its media process is the one of the beginning. */
async function expectUnbroken(viewing: Viewing, media: number): Promise<void> {
  expectClean(viewing);
  expect(host!.host.streamingProcess()).toBe(media);
}

describe.each([
  ['KDE Plasma', () => KWin.start(MODE)],
  ['GNOME', () => Mutter.start(MODE)],
  ['Sway', () => Sway.start(MODE)],
] as const)('%s', (_title, start) => {
  it(
    'a compositor that restarts is followed, in the same stream and by the same process',
    async () => {
      desktop = await start();
      app = await WaylandPattern.start(desktop);
      host = await DesktopHost.start();
      await host.watch('Desktop', MODE, async (viewing) => {
        await fresh(viewing, 'picture of the first one');
        const media = host!.host.streamingProcess();
        await end();
        const held = viewing.frames.length;
        await viewing.reached(held + 3, LIMIT);
        desktop = await start();
        app = await WaylandPattern.start(desktop);
        await fresh(viewing, 'picture of the second one');
        await expectUnbroken(viewing, media);
      });
    },
    3 * LIMIT,
  );
});

it(
  'Game Mode and the desktop take turns ten times while a device stays connected',
  async () => {
    const kinds = [
      () => Gamescope.start(MODE),
      async () => {
        desktop = await KWin.start(MODE);
        app = await WaylandPattern.start(desktop);
        return desktop;
      },
    ];
    desktop = await kinds[0]!();
    host = await DesktopHost.start();
    await host.watch('Desktop', MODE, async (viewing) => {
      await fresh(viewing, 'picture of Game Mode');
      const media = host!.host.streamingProcess();
      for (let turn = 1; turn <= 10; turn++) {
        await end();
        desktop = await kinds[turn % 2]!();
        await fresh(viewing, `picture after turn ${turn}`);
      }
      await expectUnbroken(viewing, media);
    });
  },
  10 * LIMIT,
);
