import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as input from '../../server/src/client/control/input-packets.ts';
import { PictureDecoder } from '../../server/src/client/decode/picture-decoder.ts';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import type { Stream } from '../../server/src/client/stream.ts';
import type { HostUnderTest } from './support/host-under-test.ts';
import { until } from './support/processes.ts';
import { ScreenDesktop } from './support/screen-desktop.ts';

let desktop: ScreenDesktop;
let host: HostUnderTest;
let client: GameStreamClient;
beforeAll(async () => {
  desktop = await ScreenDesktop.start(640, 360, 30);
  ({ host } = desktop);
  client = await host.pairedClient();
});
afterAll(async () => {
  await desktop?.close();
});

const MODE = { width: 640, height: 360, fps: 30 };

/** A card as its device decodes it: what is bright on dark grey, by picture. */
class CardSeen {
  readonly letters: { readonly bright: number; readonly text: string }[] = [];
  readonly #decoder = new PictureDecoder({ ...MODE, format: 'gray' });

  constructor(stream: Stream) {
    stream.video.on('frame', (frame) => this.#decoder.decode(frame.data, frame.index));
    this.#decoder.on('picture', ({ pixels }) => {
      const bright = Buffer.from(pixels.map((luma) => (luma > 100 ? 1 : 0)));
      const corner = pixels[0]!;
      expect(corner).toBeGreaterThan(30);
      expect(corner).toBeLessThan(60);
      this.letters.push({
        bright: bright.reduce((sum, one) => sum + one, 0),
        text: bright.toString('latin1'),
      });
    });
  }

  /** Different pictures with letters on them. */
  get different(): number {
    return new Set(this.letters.filter(({ bright }) => bright > 300).map(({ text }) => text)).size;
  }

  async reached(cards: number): Promise<void> {
    await until(
      () => (this.different >= cards ? true : undefined),
      15_000,
      () => `${this.different} of ${cards} cards among ${this.letters.length} pictures`,
    );
  }

  close(): Promise<void> {
    return this.#decoder.close();
  }
}

it('input only: a card for a picture, and keys reach the desktop', async () => {
  const stream = await client.stream((await client.app('Input only')).id, MODE);
  const seen = new CardSeen(stream);
  try {
    await seen.reached(1);
    stream.control.input(input.key(true, 0x48));
    stream.control.input(input.key(false, 0x48));
    await desktop.pattern.event(({ kind, keysym }) => kind === 'key-press' && keysym === 0x68, 'h');
    const { stdout } = await host.ctl('sessions', 'list', '--json');
    expect(JSON.parse(stdout).sessions).toMatchObject([{ source: 'card', notices: [] }]);
  } finally {
    await stream.close();
    await seen.close();
    await client.cancel();
  }
});

it('a host action is listed for whom it is permitted, counts down, and a key cancels it', async () => {
  const titles = async (): Promise<string[]> => (await client.apps()).map(({ title }) => title);
  expect(await titles()).not.toContain('End the running app');
  const { stdout } = await host.ctl('clients', 'list', '--json');
  const [{ fingerprint }] = JSON.parse(stdout).devices;
  await host.ctl('clients', 'set', fingerprint, '--host-actions', 'on');
  expect(await titles()).toContain('End the running app');
  const { id } = await client.app('End the running app');
  await expect(client.stream(id, MODE)).rejects.toThrow('No app runs.');

  const other = await host.pairedClient();
  const watching = await other.stream((await other.app('Desktop')).id, MODE);
  const stream = await client.stream(id, MODE);
  const seen = new CardSeen(stream);
  const ended = once(stream, 'ended');
  try {
    // Five seconds, and four.
    await seen.reached(2);
    stream.control.input(input.key(true, 0x1b));
    await ended;
    expect(seen.different).toBeGreaterThan(2);
    const sessions = JSON.parse((await host.ctl('sessions', 'list', '--json')).stdout).sessions;
    expect(sessions).toMatchObject([{ app: { title: 'Desktop' }, state: 'streaming' }]);
  } finally {
    await stream.close();
    await seen.close();
    await watching.close();
    await other.cancel();
  }
});
