import type { NativeSink, SoundAddon } from '../../native/sound-addon.ts';
import { within } from '../deadline.ts';
import type { DisplaySound, Listening, SoundWish } from '../desktop-sound.ts';
import { settledListening } from '../desktop-sound.ts';

/** milliseconds; an audio server that hangs must not hold up the launch */
const SINK_LIMIT = 3_000;

const HOST_STAYS_MUTE =
  'A private session is heard on its device alone: its sound cannot play on the PC as well.';

/**
 * A virtual output of one private session, in the layout of the launch that it was made for. Only programs of the
 * session are sent there, and the default output of the desktop stays as it is.
 */
export class PrivateSound implements DisplaySound {
  readonly #name: string;
  readonly #sink: NativeSink | undefined;
  readonly #trouble: string | undefined;

  private constructor(name: string, sink: NativeSink | undefined, trouble?: string) {
    this.#name = name;
    this.#sink = sink;
    this.#trouble = trouble;
  }

  /**
   * Never rejects: without an audio server the session is silent, and says so.
   *
   * @param name PipeWire node name, unique
   * @param description as the desktop's sound settings show it
   */
  static async make(
    addon: SoundAddon,
    name: string,
    description: string,
    channels: number,
  ): Promise<PrivateSound> {
    const making = addon.createSink({ name, description, channels: channels as 2 | 6 | 8 });
    try {
      const sink = await within(SINK_LIMIT, making, 'the audio server did not answer in time.');
      return new PrivateSound(name, sink);
    } catch (error) {
      void making.then((late) => late.close()).catch(() => {});
      return new PrivateSound(name, undefined, (error as Error).message);
    }
  }

  /** Variables by which programs play there, through PulseAudio's library and PipeWire's. */
  get environment(): Readonly<Record<string, string>> {
    return this.#sink ? { PULSE_SINK: this.#name, PIPEWIRE_NODE: this.#name } : {};
  }

  listen({ playOnHost }: SoundWish): Listening {
    return this.#sink
      ? settledListening(
          { kind: 'sink', name: this.#name },
          playOnHost ? HOST_STAYS_MUTE : undefined,
        )
      : settledListening({ kind: 'silence' }, `This private session is silent: ${this.#trouble}`);
  }

  async close(): Promise<void> {
    await this.#sink?.close();
  }
}
