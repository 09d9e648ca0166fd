import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import type { OpusPacket } from '../../../server/src/client/audio/audio-receiver.ts';
import { type Channels, decodeOpus } from '../../../server/src/client/audio/opus-decoder.ts';
import { amplitudeAt } from '../../../server/src/client/audio/tone.ts';
import * as input from '../../../server/src/client/control/input-packets.ts';
import type { Stream } from '../../../server/src/client/stream.ts';
import type { HostUnderTest } from './host-under-test.ts';
import { until } from './processes.ts';
import { toneFile } from './sound-session.ts';
import { windowsOf } from './tones.ts';
import type { Viewing } from './viewing.ts';

/** The programs that apps of private sessions run: one folder for a whole test file. */
export class PrivatePrograms {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Compiles them. */
  static async make(): Promise<PrivatePrograms> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-private-'));
    await promisify(execFile)(path.resolve(import.meta.dirname, '../../desktops/programs'), [
      folder,
    ]);
    return new PrivatePrograms(folder);
  }

  close(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/**
 * An app of the host that draws readable pictures, hums one tone, and writes down the input that it gets.
 */
export class PrivateApp {
  readonly title: string;
  /** Hz */
  readonly tone: number;
  readonly #events: string;

  private constructor(title: string, tone: number, events: string) {
    this.title = title;
    this.tone = tone;
    this.#events = events;
  }

  /** @param kind `private-sway` … */
  static async add(
    host: HostUnderTest,
    { folder }: Pick<PrivatePrograms, 'folder'>,
    kind: string,
    title: string,
    tone: number,
  ): Promise<PrivateApp> {
    const events = path.join(folder, `${title}.events`);
    const sound = path.join(folder, `${title}.wav`);
    writeFileSync(sound, toneFile([tone, tone], 30));
    const isX11 = !['private-sway', 'private-kwin'].includes(kind);
    const picture = path.join(folder, isX11 ? 'x11-pattern' : 'wayland-pattern');
    // Again and again: a busy machine takes its time until somebody listens.
    const line = `(while paplay '${sound}'; do :; done) & exec '${picture}'${isX11 ? ' 30' : ''} > '${events}'`;
    await host.ctl('apps', 'add', title, '--runs-on', kind, '--shell', line);
    return new PrivateApp(title, tone, events);
  }

  /** What its program said, a JSON object a line. */
  get events(): string {
    return readFileSync(this.#events, 'utf8');
  }

  async got(what: RegExp): Promise<void> {
    await until(
      () => what.test(this.events) || undefined,
      20_000,
      () => `${this.title} never got ${what}: ${this.events.slice(-400)}`,
    );
  }
}

/** A device that watches an app in a session of its own. */
export interface PrivateViewing {
  readonly viewing: Viewing;
  readonly app: PrivateApp;
  /** the number by which its program tells of the key H */
  readonly key: number;
}

const VK_H = 0x48;

/** Two that run at once: each sees, hears and reaches its own. */
export async function expectApart(first: PrivateViewing, second: PrivateViewing): Promise<void> {
  for (const { viewing, app } of [first, second]) {
    const { width, height } = viewing.stream.negotiated.wish;
    await app.got(new RegExp(`"kind":"ready","width":${width},"height":${height}`));
  }
  const heard = await Promise.all([first, second].map(({ viewing }) => listenTo(viewing.stream)));
  for (const [one, other, sound] of [
    [first, second, heard[0]!],
    [second, first, heard[1]!],
  ] as const) {
    // A busy machine leaves gaps in a tone, which makes it quieter; but it mixes no other in.
    const own = loudness(sound, one.app.tone);
    expect(own, `${one.app.title} hears itself`).toBeGreaterThan(0.02);
    expect(loudness(sound, other.app.tone), `${one.app.title} hears`).toBeLessThan(own / 5);
  }
  // A picture tells when it was drawn, to the microsecond: no two programs draw the same.
  const [mine, theirs] = [first, second].map(
    ({ viewing }) => new Set(viewing.frames.flatMap(({ stamp }) => stamp?.drawnAt ?? [])),
  );
  expect(mine!.size).toBeGreaterThan(1);
  expect(theirs!.size).toBeGreaterThan(1);
  expect([...mine!].filter((drawn) => theirs!.has(drawn))).toEqual([]);

  const press = ({ viewing }: PrivateViewing): void => {
    for (const down of [true, false]) viewing.stream.control.input(input.key(down, VK_H));
  };
  press(first);
  await first.app.got(new RegExp(`"kind":"key-release","code":${first.key}`));
  expect(second.app.events).not.toContain('key-press');
  press(second);
  await second.app.got(new RegExp(`"kind":"key-release","code":${second.key}`));
  expect(first.app.events.match(/key-press/g)).toHaveLength(1);
}

/** What a stream brings in 2 s, each channel's samples. */
async function listenTo(stream: Stream): Promise<Channels> {
  const packets: Buffer[] = [];
  const take = ({ opus }: OpusPacket): unknown => opus && packets.push(opus);
  stream.audio.on('packet', take);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  stream.audio.off('packet', take);
  const { layout, wish } = stream.negotiated;
  return decodeOpus(packets, layout, wish.packetDuration);
}

/** The loudest that a tone was in any window, 0…1. */
function loudness(channels: Channels, tone: number): number {
  return Math.max(...windowsOf(channels[0]!).map((window) => amplitudeAt(window, tone)));
}
