import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { NativeSink, SoundAddon } from '../../src/native/sound-addon.ts';
import { DesktopSound } from '../../src/displays/desktop-sound.ts';
import type { Listening, SettledSound, SoundWish } from '../../src/displays/desktop-sound.ts';
import { UndoJournal } from '../../src/store/undo-journal.ts';
import { gate } from '../sessions/cast.ts';

/** The part of an audio server that sinks and the default are. */
class Server implements SoundAddon {
  sinks: { name: string; channels: number }[] = [];
  default: string | undefined = 'speakers';
  log: string[] = [];
  down = false;
  /** why no sink can be made */
  refusal: string | undefined;
  /** it answers when this resolves */
  hangs: Promise<void> | undefined;

  /** only from the first such request on */
  hangsAt = '';

  async #answer(what: string): Promise<void> {
    if (what.startsWith(this.hangsAt)) {
      this.hangsAt = '';
      await this.hangs;
    }
    if (this.down) throw new Error('No PipeWire answers.');
    this.log.push(what);
  }
  async probeSound() {
    await this.#answer('probe');
    return { server: 'PipeWire', version: '1' };
  }
  async createSink(options: { name: string; channels: 2 | 6 | 8 }): Promise<NativeSink> {
    await this.#answer(`create ${options.channels}`);
    if (this.refusal !== undefined) throw new Error(this.refusal);
    const sink = { name: options.name, channels: options.channels };
    this.sinks.push(sink);
    return {
      name: options.name,
      close: async () => {
        this.sinks = this.sinks.filter((one) => one !== sink);
      },
    };
  }
  async readDefaultSink(): Promise<string | undefined> {
    await this.#answer('read');
    return this.default;
  }
  async writeDefaultSink(name: string | undefined): Promise<void> {
    await this.#answer(`default ${name}`);
    this.default = name;
  }
}

const log = pino({ level: 'silent' });
let folder: string;
let file: string;
let server: Server;
let journal: UndoJournal;
let sound: DesktopSound;

async function host(): Promise<DesktopSound> {
  journal = await UndoJournal.open(file, log);
  return new DesktopSound({ addon: server, journal, log, sinkName: 'ours' });
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-sound-'));
  file = path.join(folder, 'undo.json');
  server = new Server();
  sound = await host();
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

const stereo = { channels: 2, playOnHost: false };

/** Resolves when what became of the wish is known. */
async function listen(wish: SoundWish, where = sound): Promise<Listening & SettledSound> {
  const listening = where.listen(wish);
  return { ...listening, ...(await listening.settled) };
}

describe('the sink of the desktop', () => {
  it('is the default while anybody listens, and the former one comes back', async () => {
    const [first, second] = await Promise.all([listen(stereo), listen(stereo)]);
    expect(first).toMatchObject({ source: { kind: 'sink', name: 'ours' } });
    expect(second.source).toEqual(first.source);
    expect(server.sinks).toEqual([{ name: 'ours', channels: 2 }]);
    expect(server.default).toBe('ours');
    await first.close();
    await first.close();
    expect(server.default).toBe('ours');
    await second.close();
    expect(server.default).toBe('speakers');
    expect(server.sinks).toEqual([]);
    expect(journal.entries('default-sink')).toEqual([]);
  });

  it('becomes as wide as the widest listener, under the same name', async () => {
    const first = await listen(stereo);
    const second = await listen({ ...stereo, channels: 8 });
    await listen({ ...stereo, channels: 6 });
    expect(server.sinks).toEqual([{ name: 'ours', channels: 8 }]);
    expect(second.source).toEqual(first.source);
    expect(server.log.filter((line) => line.startsWith('default'))).toEqual(['default ours']);
  });

  it('is written into the journal before it becomes the default', async () => {
    const write = vi.spyOn(server, 'writeDefaultSink').mockImplementation(async () => {
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual([
        { kind: 'default-sink', ours: 'ours', previous: 'speakers' },
      ]);
      expect(statSync(file).mode & 0o777).toBe(0o600);
    });
    await listen(stereo);
    expect(write).toHaveBeenCalledOnce();
  });

  it('is left alone by one whose sound also plays on the host', async () => {
    const listening = await listen({ ...stereo, playOnHost: true });
    expect(listening.source).toEqual({ kind: 'default-monitor' });
    expect(server.sinks).toEqual([]);
    expect(server.default).toBe('speakers');
    await listening.close();
  });

  it('does not fight a default that somebody chose meanwhile', async () => {
    const listening = await listen(stereo);
    server.default = 'headphones';
    await listening.close();
    expect(server.default).toBe('headphones');
    expect(journal.entries('default-sink')).toEqual([]);
  });

  it('clears the default again where none was configured', async () => {
    server.default = undefined;
    const listening = await listen(stereo);
    expect(server.default).toBe('ours');
    await listening.close();
    expect(server.default).toBeUndefined();
  });
});

describe('a host that was killed', () => {
  it('has its default taken back by the next one', async () => {
    await listen(stereo);
    server.sinks = [];
    const next = await host();
    expect(journal.entries('default-sink')).toHaveLength(1);
    await next.recover();
    expect(server.default).toBe('speakers');
    expect((await UndoJournal.open(file, log)).entries('default-sink')).toEqual([]);
  });

  it('by the next listener, when the audio server was not there at the start', async () => {
    await listen(stereo);
    const next = await host();
    server.down = true;
    await next.recover();
    expect(journal.entries('default-sink')).toHaveLength(1);
    server.down = false;
    const listening = await listen(stereo, next);
    expect(server.default).toBe('ours');
    expect(journal.entries('default-sink')).toEqual([
      { kind: 'default-sink', ours: 'ours', previous: 'speakers' },
    ]);
    await listening.close();
    expect(server.default).toBe('speakers');
  });

  it('a journal that cannot be read is an empty one', async () => {
    writeFileSync(file, '[{"kind":"format-disk"}]');
    expect((await UndoJournal.open(file, log)).entries('default-sink')).toEqual([]);
  });
});

it('says what is so where only the sink is refused', async () => {
  server.refusal = 'A sound output with the name "ours" exists already.';
  const listening = await listen(stereo);
  expect(listening).toMatchObject({
    source: { kind: 'default-monitor' },
    notice:
      'The host\'s own speakers play along: the sound could not be led past them. A sound output with the name "ours" exists already.',
  });
  expect(server.default).toBe('speakers');
});

describe('without an audio server', () => {
  it('there is silence with its reason, until one runs', async () => {
    server.down = true;
    expect(await listen(stereo)).toMatchObject({
      source: { kind: 'default-monitor' },
      notice: 'The stream is silent until an audio server runs: No PipeWire answers.',
    });
    server.down = false;
    const listening = await listen(stereo);
    expect(listening.notice).toBeUndefined();
    await listening.close();
    expect(server.default).toBe('speakers');
  });

  it('one that hangs holds nothing up', async () => {
    vi.useFakeTimers();
    server.hangs = new Promise(() => {});
    for (let time = 1; time <= 2; time += 1) {
      const { settled, source, close } = sound.listen(stereo);
      expect(source).toEqual({ kind: 'sink', name: 'ours' });
      await vi.advanceTimersByTimeAsync(3_100);
      const { notice } = await settled;
      expect(notice).toMatch(/did not answer for 3 s/);
      await close();
    }
  });

  it.each(['probe', 'create 2', 'default ours'])(
    'one that answers late, from "%s" on, does not stay mute, and plays for the next who listens',
    async (from) => {
      vi.useFakeTimers();
      const answers = gate();
      server.hangsAt = from;
      server.hangs = answers.promise;
      const { settled } = sound.listen(stereo);
      await vi.advanceTimersByTimeAsync(3_100);
      expect((await settled).source).toEqual({ kind: 'default-monitor' });
      answers.resolve();
      await vi.advanceTimersByTimeAsync(100);
      await vi.waitFor(() => expect(journal.entries('default-sink')).toEqual([]));
      expect(server.default).toBe('speakers');
      await vi.waitFor(() => expect(server.sinks).toEqual([]));
      const next = await listen(stereo);
      expect(server.default).toBe('ours');
      await next.close();
      expect(server.default).toBe('speakers');
    },
  );

  it('nor is there any in a build without sound', async () => {
    const deaf = new DesktopSound({ journal, log });
    expect(await listen(stereo, deaf)).toMatchObject({
      source: { kind: 'silence' },
      notice: 'This build of Earthshine has no sound.',
    });
    await deaf.recover();
  });

  it('one that stops in between is no fault of the session', async () => {
    const listening = await listen(stereo);
    server.down = true;
    await listening.close();
    expect(journal.entries('default-sink')).toHaveLength(1);
    server.down = false;
    const again = await listen(stereo);
    await again.close();
    expect(server.default).toBe('speakers');
  });
});
