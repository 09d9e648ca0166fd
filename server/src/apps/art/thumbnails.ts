import { createHash } from 'node:crypto';
import type { Logger } from 'pino';

import type { ArtFiles } from './art-files.ts';
import type { ShrinkArt } from './art-process.ts';

/** Small pictures for lists: each is made once, and kept on disk beside the large one. */
export class Thumbnails {
  readonly #files: ArtFiles;
  readonly #shrink: ShrinkArt;
  readonly #log: Logger;
  readonly #making = new Map<string, Promise<Buffer>>();

  constructor(files: ArtFiles, shrink: ShrinkArt, log: Logger) {
    this.#files = files;
    this.#shrink = shrink;
    this.#log = log;
  }

  /** Named after what they show: another picture has another one. */
  static nameFor(png: Buffer): string {
    return `small-${createHash('sha256').update(png).digest('hex').slice(0, 48)}`;
  }

  of(png: Buffer): Promise<Buffer> {
    const name = Thumbnails.nameFor(png);
    const making =
      this.#making.get(name) ?? this.#make(name, png).finally(() => this.#making.delete(name));
    this.#making.set(name, making);
    return making;
  }

  async #make(name: string, png: Buffer): Promise<Buffer> {
    const kept = await this.#files.read(name);
    if (kept) return kept;
    const small = await this.#shrink(png);
    await this.#files.write(name, small).catch((error: unknown) => {
      this.#log.warn({ code: 'art-not-kept', err: error }, 'A picture could not be kept on disk.');
    });
    return small;
  }
}
