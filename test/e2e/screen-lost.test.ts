import { afterAll, beforeAll, expect, it } from 'vitest';
import { key } from '../../server/src/client/control/input-packets.ts';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import { expectClean } from './support/expectations.ts';
import type { HostUnderTest } from './support/host-under-test.ts';
import { until } from './support/processes.ts';
import { ScreenDesktop } from './support/screen-desktop.ts';
import { Viewing } from './support/viewing.ts';

let desktop: ScreenDesktop;
let host: HostUnderTest;
let client: GameStreamClient;
let other: GameStreamClient;
beforeAll(async () => {
  desktop = await ScreenDesktop.start(1280, 720, 60);
  ({ host } = desktop);
  client = await host.pairedClient();
  other = await host.pairedClient();
});
afterAll(async () => {
  await desktop?.close();
});

interface SessionState {
  readonly mediaRestarts: number;
  readonly notices: readonly string[];
}

const MODE = { width: 1280, height: 720, fps: 60 };

async function sessions(): Promise<readonly SessionState[]> {
  const { stdout } = await host.ctl('sessions', 'list', '--json');
  return (JSON.parse(stdout) as { sessions: SessionState[] }).sessions;
}

/** Until so many sessions have a notice that ends so; without one, until none tells of the X server any more. */
async function everyoneReads(count: number, end?: string): Promise<void> {
  const fits = ({ notices }: SessionState): boolean =>
    end === undefined
      ? !notices.some((notice) => / X (server|display) /.test(notice))
      : notices.some((notice) => notice.endsWith(end));
  await until(
    async () => {
      const all = await sessions();
      return all.length === count && all.every(fits) ? true : undefined;
    },
    20_000,
    () =>
      `not ${count} sessions were told: ${end ?? 'nothing'}\n${host.process.output.slice(-3000)}`,
  );
}

async function seesMotion(viewing: Viewing): Promise<void> {
  const seen = new Set<number>();
  await viewing.next(
    ({ stamp }) => stamp !== undefined && seen.add(stamp.counter).size > 5,
    'moving picture',
    20_000,
  );
}

/** Input reaches the screen. 0x48 is H. */
async function types(viewing: Viewing): Promise<void> {
  viewing.stream.control.input(key(true, 0x48));
  viewing.stream.control.input(key(false, 0x48));
  await desktop.pattern.event(
    ({ kind, keysym }) => kind === 'key-press' && keysym === 0x68,
    'an h',
  );
}

const LAST_IS_SHOWN = 'The last picture is shown until it is back.';
const PLAIN_IS_SHOWN = 'A plain picture is shown until it is back.';

it('an X server that ends and comes back: its last picture is shown meanwhile', async () => {
  const app = (await client.app('Desktop')).id;
  const viewing = new Viewing(await client.stream(app, MODE));
  let ended = false;
  viewing.stream.on('ended', () => {
    ended = true;
  });
  try {
    await viewing.started();
    await desktop.loseScreen();
    await everyoneReads(1, `The X server ${desktop.screen.display} went away. ${LAST_IS_SHOWN}`);

    // Frames that were under way are decoded; then the same picture comes again and again.
    const from = viewing.frames.length;
    for (let i = 0; i < 12; i++) await viewing.next(() => true, 'repetition', 20_000);
    const held = viewing.frames.slice(from).slice(-5);
    expect(new Set(held.map(({ stamp }) => stamp?.counter)).size).toBe(1);
    const keyframe = viewing.next((frame) => frame.keyframe, 'keyframe', 20_000);
    viewing.stream.control.requestKeyframe();
    expect((await keyframe).stamp?.counter).toBe(held[0]!.stamp!.counter);

    await desktop.bringScreenBack();
    await seesMotion(viewing);
    await types(viewing);
    await everyoneReads(1);
    expect((await sessions())[0]!.mediaRestarts).toBe(0);
    expect(ended).toBe(false);
  } finally {
    await viewing.close();
    await client.cancel();
  }
  expectClean(viewing);
});

it('who joins meanwhile is told, too, and a media process that is killed is replaced', async () => {
  const app = (await client.app('Desktop')).id;
  const viewings: Viewing[] = [];
  let ended = 0;
  const watch = async (from: GameStreamClient): Promise<Viewing> => {
    const viewing = new Viewing(await from.stream(app, MODE));
    viewing.stream.on('ended', () => (ended += 1));
    viewings.push(viewing);
    await viewing.started();
    return viewing;
  };
  try {
    const first = await watch(client);
    await desktop.loseScreen();
    // The last word on it: whoever comes later hears nothing new from the media process.
    await everyoneReads(1, `(xauth)? ${LAST_IS_SHOWN}`);
    const second = await watch(other);
    expect(second.frames[0]!.stamp).toBeDefined();
    await everyoneReads(2, LAST_IS_SHOWN);

    const plain = [first, second].map((viewing) =>
      viewing.next(({ keyframe, stamp }) => keyframe && !stamp, 'plain picture'),
    );
    process.kill(host.streamingProcess(), 'SIGKILL');
    await Promise.all(plain);
    await everyoneReads(2, PLAIN_IS_SHOWN);
    // Typing goes nowhere for now, which is told until it is over.
    second.stream.control.input(key(true, 0x48));
    second.stream.control.input(key(false, 0x48));

    const motion = [first, second].map(seesMotion);
    await desktop.bringScreenBack();
    await Promise.all(motion);
    await types(second);
    await everyoneReads(2);
    expect((await sessions()).map(({ mediaRestarts }) => mediaRestarts)).toEqual([1, 1]);
    expect(ended).toBe(0);
  } finally {
    await Promise.all(viewings.map((viewing) => viewing.close()));
    await client.cancel();
    await other.cancel();
  }
  for (const viewing of viewings) expectClean(viewing);
});

it('an app on a screen that is away can be resumed, and none launched', async () => {
  const app = (await client.app('Desktop')).id;
  const before = new Viewing(await client.stream(app, MODE));
  await before.started();
  await before.close();
  await desktop.loseScreen();
  const viewing = new Viewing(await client.stream(app, MODE));
  try {
    expect((await viewing.started()).stamp).toBeUndefined();
    await everyoneReads(1, PLAIN_IS_SHOWN);
    const motion = seesMotion(viewing);
    await desktop.bringScreenBack();
    await motion;
    await types(viewing);
    await everyoneReads(1);
  } finally {
    await viewing.close();
    await client.cancel();
  }
  expectClean(viewing);

  await desktop.loseScreen();
  await expect(client.stream(app, MODE)).rejects.toMatchObject({
    status: 503,
    message: expect.stringContaining(
      `The X display "${desktop.screen.display}" cannot be opened.`,
    ) as string,
  });
});
