import { createHash } from 'node:crypto';

import type { Logger } from 'pino';

import type { App } from '../apps.ts';
import type { ArtFiles } from './art-files.ts';
import type { DrawArt } from './art-process.ts';

/** Changes whenever generated pictures look different, so that kept ones are drawn anew. */
const EDITION = 2;

/** Pictures of apps that have none of their own. Each is drawn once: kept in memory while it is drawn, on disk afterwards. */
export class GeneratedArt {
  readonly #files: ArtFiles;
  readonly #draw: DrawArt;
  readonly #log: Logger;
  readonly #drawings = new Map<string, Promise<Buffer>>();

  constructor(files: ArtFiles, draw: DrawArt, log: Logger) {
    this.#files = files;
    this.#draw = draw;
    this.#log = log;
  }

  /** The name of an app's picture on disk, from all that it shows. */
  static nameFor(app: App): string {
    const shown = [EDITION, app.id, app.title, app.source, app.command !== undefined];
    const hash = createHash('sha256').update(JSON.stringify(shown)).digest('hex');
    return `default-${hash.slice(0, 48)}`;
  }

  of(app: App): Promise<Buffer> {
    const name = GeneratedArt.nameFor(app);
    const drawing =
      this.#drawings.get(name) ?? this.#make(name, app).finally(() => this.#drawings.delete(name));
    this.#drawings.set(name, drawing);
    return drawing;
  }

  async #make(name: string, { id, title, source, command }: App): Promise<Buffer> {
    const kept = await this.#files.read(name);
    if (kept) return kept;
    const drawn = await this.#draw({ id, title, source, hasCommand: command !== undefined });
    await this.#files.write(name, drawn).catch((error: unknown) => {
      // A full disk costs the next client another drawing, nothing more.
      this.#log.warn({ code: 'art-not-kept', err: error }, 'A picture could not be kept on disk.');
    });
    return drawn;
  }
}
