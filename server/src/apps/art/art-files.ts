import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

import { writeDurably } from '../../store/durable-file.ts';
import { fileTrouble } from '../../store/file-trouble.ts';

/** Where a picture cannot be read it is drawn anew. */
const UNREADABLE: ReadonlySet<string | undefined> = new Set([
  'ENOENT',
  'ELOOP',
  'ENOTDIR',
  'EACCES',
]);

const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** Box art on disk: a file per picture, 0600 in a folder 0700. Uploads are named after their SHA-256. */
export class ArtFiles {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param onTrouble told, in a sentence, of a folder that cannot be had: pictures are then drawn anew each time */
  static async open(folder: string, onTrouble: (sentence: string) => void): Promise<ArtFiles> {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // One that was there may be somebody else's.
      await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      onTrouble(fileTrouble(`The folder of box art, ${folder},`, error, folder));
    }
    return new ArtFiles(folder);
  }

  /** @returns the picture's name: 64 hex digits of its hash */
  async keep(png: Buffer): Promise<string> {
    const name = createHash('sha256').update(png).digest('hex');
    await this.write(name, png);
    return name;
  }

  async write(name: string, png: Buffer): Promise<void> {
    await writeDurably(this.#path(name), png);
  }

  /** @returns undefined when there is no such picture; a link is not followed */
  async read(name: string): Promise<Buffer | undefined> {
    try {
      const file = await open(this.#path(name), constants.O_RDONLY | constants.O_NOFOLLOW);
      try {
        return await file.readFile();
      } finally {
        await file.close();
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (UNREADABLE.has(code)) return undefined;
      throw error;
    }
  }

  async remove(name: string): Promise<void> {
    await rm(this.#path(name), { force: true });
  }

  /** Removes every picture that is not named: what a crash between file and store left behind, too. */
  async keepOnly(names: ReadonlySet<string>): Promise<void> {
    for (const file of await readdir(this.#folder).catch(() => [])) {
      if (names.has(file.replace(/\.png$/, ''))) continue;
      await rm(path.join(this.#folder, file), { force: true });
    }
  }

  #path(name: string): string {
    if (!NAME.test(name)) throw new RangeError('not the name of a picture');
    return path.join(this.#folder, `${name}.png`);
  }
}
