import { readFile } from 'node:fs/promises';

import type { Logger } from 'pino';
import * as z from 'zod';

import type { EncoderProbe } from '../native/media-addon.ts';
import { writeDurably } from '../store/durable-file.ts';

export interface EncodersOptions {
  /** where the last result is kept */
  readonly file: string;
  readonly build: string;
  /** what the result depends on beside the build */
  readonly drivers: () => Promise<string>;
  /** Rejects with a sentence. */
  readonly probe: () => Promise<readonly EncoderProbe[]>;
  readonly log: Logger;
}

const shape = z.object({
  build: z.string(),
  drivers: z.string(),
  encoders: z.array(
    z.looseObject({
      name: z.string(),
      codec: z.enum(['h264', 'hevc', 'av1']),
      profiles: z.array(
        z.object({
          name: z.string(),
          chroma: z.enum(['4:2:0', '4:4:4']),
          bitDepth: z.union([z.literal(8), z.literal(10)]),
          samplesPerSecond: z.number().positive().optional(),
          bends: z.boolean().optional(),
          fault: z.string().optional(),
        }),
      ),
      invalidation: z.boolean(),
      fault: z.string().optional(),
    }),
  ),
});

/**
 * What the encoders of this machine can do. The result of a test is kept for as long as build and drivers are the
 * same; an older one serves until the new test has ended, so that neither the start of the host nor a launch waits
 * for it, unless there never was one.
 */
export class Encoders {
  readonly #options: EncodersOptions;
  #found: readonly EncoderProbe[] | undefined;
  #fault: string | undefined;
  #testing: Promise<void> | undefined;

  private constructor(options: EncodersOptions) {
    this.#options = options;
  }

  /** Reads what is kept, and begins a test where that is not of this build and these drivers. */
  static async open(options: EncodersOptions): Promise<Encoders> {
    const encoders = new Encoders(options);
    const kept = await encoders.#read();
    encoders.#found = kept?.encoders as readonly EncoderProbe[] | undefined;
    const drivers = await options.drivers();
    if (kept?.build !== options.build || kept.drivers !== drivers) encoders.#test(drivers);
    return encoders;
  }

  /** The last result; empty while there never was one. */
  get found(): readonly EncoderProbe[] {
    return this.#found ?? [];
  }

  /** why the last test had none */
  get fault(): string | undefined {
    return this.#fault;
  }

  /**
   * Resolves when there is a result, testing once more where the last test had none.
   *
   * @throws Error with the sentence of a test that had none
   */
  async known(): Promise<void> {
    if (this.#found) return;
    if (!this.#testing) this.#test(await this.#options.drivers());
    await this.#testing;
    if (!this.#found) throw new Error(this.#fault);
  }

  #test(drivers: string): void {
    this.#testing ??= this.#testNow(drivers).finally(() => {
      this.#testing = undefined;
    });
  }

  async #testNow(drivers: string): Promise<void> {
    const { build, file, probe, log } = this.#options;
    try {
      const encoders = await probe();
      this.#found = encoders;
      this.#fault = undefined;
      for (const { name, description, codec, profiles, fault } of encoders) {
        log.info({ encoder: description ?? name, codec, profiles, fault }, 'encoder probed');
      }
      await writeDurably(file, JSON.stringify({ build, drivers, encoders })).catch(
        (error: unknown) => log.warn({ file, err: error }, 'the test of the encoders is not kept'),
      );
    } catch (error) {
      // The drivers may do better next time, and an older result is better than none.
      this.#fault = (error as Error).message;
      log.error({ err: error }, 'the encoders could not be tested');
    }
  }

  async #read(): Promise<z.output<typeof shape> | undefined> {
    const { file, log } = this.#options;
    try {
      const kept = shape.parse(JSON.parse(await readFile(file, 'utf8')));
      // Where nothing worked, something may by now.
      return kept.encoders.some(({ fault }) => fault === undefined) ? kept : undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        log.warn({ file, err: error }, 'what was known of the encoders cannot be read');
      }
      return undefined;
    }
  }
}
