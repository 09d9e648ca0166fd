import type { Logger } from 'pino';

import type { SoundSource } from '../native/media-addon.ts';
import type { NativeSink, SoundAddon } from '../native/sound-addon.ts';
import type { UndoRecords } from '../store/undo-journal.ts';
import { within } from './deadline.ts';

export interface SoundWish {
  readonly channels: number;
  /** the host's own speakers go on playing */
  readonly playOnHost: boolean;
}

/** What became of a wish for sound. */
export interface SettledSound {
  readonly source: SoundSource;
  /** why there is silence */
  readonly notice?: string;
}

/** One viewer's sound, until `close`. */
export interface Listening {
  /** known at once, though it may not exist yet: whoever reads it waits for it */
  readonly source: SoundSource;
  /** Never rejects: what cannot be had is silence, or another source, with a notice. */
  readonly settled: Promise<SettledSound>;
  /** May be called twice. */
  close(): Promise<void>;
}

/** Where those who watch a display get its sound from. */
export interface DisplaySound {
  listen(wish: SoundWish): Listening;
}

/** milliseconds; an audio server that hangs must not hold up the picture */
const SOUND_TIME_LIMIT = 3_000;

export const SILENCE: SoundSource = { kind: 'silence' };
const DEFAULT_MONITOR: SoundSource = { kind: 'default-monitor' };

/** Of a display that has none. */
export const NO_SOUND: DisplaySound = { listen: () => settledListening(SILENCE) };

/**
 * One virtual sink for the desktop, in the widest layout of those who listen. It is the default while anybody
 * does, so that the host itself is mute, and the former default comes back afterwards, after a crash too.
 */
export class DesktopSound implements DisplaySound {
  readonly #addon: SoundAddon | undefined;
  readonly #journal: UndoRecords;
  readonly #log: Logger;
  readonly #name: string;
  readonly #listeners = new Map<object, number>();
  #sink: { readonly native: NativeSink; readonly channels: number } | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: {
    /** absent: this build or machine has no PipeWire */
    readonly addon?: SoundAddon;
    readonly journal: UndoRecords;
    readonly log: Logger;
    /** PipeWire node name */
    readonly sinkName?: string;
  }) {
    this.#addon = options.addon;
    this.#journal = options.journal;
    this.#log = options.log;
    this.#name = options.sinkName ?? 'earthshine-desktop';
  }

  /** Puts right what an earlier host process left behind. Never rejects. */
  async recover(): Promise<void> {
    const addon = this.#addon;
    if (!addon || this.#journal.entries('default-sink').length === 0) return;
    await this.#inTurn(() => this.#takeBack(addon)).catch((error: unknown) =>
      this.#log.warn({ err: error }, 'the default sink could not be put back yet'),
    );
  }

  listen({ channels, playOnHost }: SoundWish): Listening {
    const addon = this.#addon;
    if (!addon) return settledListening(SILENCE, 'This build of Earthshine has no sound.');
    const listener = {};
    if (!playOnHost) this.#listeners.set(listener, channels);
    let isThere = false;
    const source: SoundSource = playOnHost ? DEFAULT_MONITOR : { kind: 'sink', name: this.#name };
    const made = this.#inTurn(async () => {
      await addon.probeSound();
      isThere = true;
      // Whoever asked may have given up by now.
      if (this.#listeners.has(listener)) await this.#widen(addon);
      return { source };
    });
    const settled = made.catch((error: unknown) => {
      this.#log.warn({ err: error }, 'no sound');
      void this.#leave(addon, listener);
      const why = error instanceof Error ? error.message : String(error);
      // The reader asks again by itself, so sound comes when the server does; the host is then heard too.
      return {
        source: DEFAULT_MONITOR,
        notice: isThere
          ? `The host's own speakers play along: the sound could not be led past them. ${why}`
          : `The stream is silent until an audio server runs: ${why}`,
      };
    });
    return { source, settled, close: () => this.#leave(addon, listener) };
  }

  /** Makes the sink, or a wider one under the same name, which those who listen find again by it. */
  async #widen(addon: SoundAddon): Promise<void> {
    const channels = Math.max(...this.#listeners.values()) as 2 | 6 | 8;
    if (this.#sink && this.#sink.channels >= channels) return;
    if (!this.#sink) await this.#takeBack(addon);
    await this.#sink?.native.close();
    this.#sink = undefined;
    const native = await addon.createSink({
      name: this.#name,
      description: 'Earthshine',
      channels,
    });
    this.#sink = { native, channels };
    if (this.#journal.entries('default-sink').length > 0) return;
    const previous = await addon.readDefaultSink();
    await this.#journal.record({
      kind: 'default-sink',
      ours: this.#name,
      ...(previous !== undefined && { previous }),
    });
    await addon.writeDefaultSink(this.#name);
  }

  async #leave(addon: SoundAddon, listener: object): Promise<void> {
    if (!this.#listeners.delete(listener)) return;
    await this.#inTurn(async () => {
      if (this.#listeners.size > 0) return;
      const sink = this.#sink;
      this.#sink = undefined;
      try {
        await this.#takeBack(addon);
      } finally {
        await sink?.native.close();
      }
    }).catch((error: unknown) =>
      // The journal keeps it; the next listener or the next host tries again.
      this.#log.warn({ err: error }, 'the default sink could not be put back yet'),
    );
  }

  /** A default that somebody else chose in the meantime stays. */
  async #takeBack(addon: SoundAddon): Promise<void> {
    for (const undo of this.#journal.entries('default-sink')) {
      if ((await addon.readDefaultSink()) === undo.ours) {
        await addon.writeDefaultSink(undo.previous === undo.ours ? undefined : undo.previous);
      }
      await this.#journal.forget(undo);
    }
  }

  /**
   * One after the other, so that a join and a leave do not cross. Only the caller's patience has a limit: work
   * that ends late is still followed by what puts it right, and never crossed by it.
   */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return within(
      SOUND_TIME_LIMIT,
      done,
      `the audio server did not answer for ${SOUND_TIME_LIMIT / 1000} s.`,
    );
  }
}

/** Sound that is there, or never will be; closing it changes nothing. */
export function settledListening(source: SoundSource, notice?: string): Listening {
  const settled = Promise.resolve({ source, ...(notice !== undefined && { notice }) });
  return { source, settled, close: async () => {} };
}
