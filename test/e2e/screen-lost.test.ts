import { afterAll, beforeAll, expect, it } from 'vitest';
import { key } from '../../server/src/client/control/input-packets.ts';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import { expectClean } from './support/expectations.ts';
import { HostUnderTest } from './support/host-under-test.ts';
import { until } from './support/processes.ts';
import { Viewing } from './support/viewing.ts';
import { XPattern, XServer } from './support/x-server.ts';

let screen: XServer;
let pattern: XPattern;
let host: HostUnderTest;
let client: GameStreamClient;
beforeAll(async () => {
  screen = await XServer.start(1280, 720);
  pattern = await XPattern.start(screen.display, 60);
  host = await HostUnderTest.start({ environment: { DISPLAY: screen.display } });
  client = await host.pairedClient();
});
afterAll(async () => {
  await host?.close();
  await pattern?.close();
  await screen?.close();
});

interface SessionState {
  readonly mediaRestarts: number;
  readonly notices: readonly string[];
}

async function session(): Promise<SessionState> {
  const { stdout } = await host.ctl('sessions', 'list', '--json');
  return (JSON.parse(stdout) as { sessions: [SessionState] }).sessions[0];
}

it('an X server that ends and comes back: its last picture is shown meanwhile', async () => {
  const app = (await client.app('Desktop')).id;
  const viewing = new Viewing(await client.stream(app, { width: 1280, height: 720, fps: 60 }));
  let ended = false;
  viewing.stream.on('ended', () => {
    ended = true;
  });
  try {
    await viewing.started();
    // The pattern goes after the server: without its window the last picture would be an empty one.
    await screen.kill();
    await pattern.close();
    const gone = `The X server ${screen.display} went away. The last picture is shown until it is back.`;
    await until(
      async () => ((await session()).notices.includes(gone) ? true : undefined),
      20_000,
      () => `nobody was told that the X server is gone\n${host.process.output.slice(-3000)}`,
    );

    // Frames that were under way are decoded; then the same picture comes again and again.
    const from = viewing.frames.length;
    for (let i = 0; i < 12; i++) await viewing.next(() => true, 'repetition', 20_000);
    const held = viewing.frames.slice(from).slice(-5);
    expect(new Set(held.map(({ stamp }) => stamp?.counter)).size).toBe(1);
    const keyframe = viewing.next((frame) => frame.keyframe, 'keyframe', 20_000);
    viewing.stream.control.requestKeyframe();
    expect((await keyframe).stamp?.counter).toBe(held[0]!.stamp!.counter);

    screen = await XServer.start(1280, 720, screen.display);
    pattern = await XPattern.start(screen.display, 60);
    await host.process.says(/is back\./, 20_000);
    const seen = new Set<number>();
    await viewing.next(
      ({ stamp }) => stamp !== undefined && seen.add(stamp.counter).size > 5,
      'moving picture',
      20_000,
    );
    // Input reaches the new server, too. 0x48 is H.
    viewing.stream.control.input(key(true, 0x48));
    viewing.stream.control.input(key(false, 0x48));
    await pattern.event(({ kind, keysym }) => kind === 'key-press' && keysym === 0x68, 'an h');

    const after = await session();
    expect(after.mediaRestarts).toBe(0);
    expect(after.notices.filter((notice) => notice.includes('X server'))).toEqual([]);
    expect(ended).toBe(false);
  } finally {
    await viewing.close();
    await client.cancel();
  }
  expectClean(viewing);
});
