import { stat } from 'node:fs/promises';

export interface UpgradeWatchParts {
  /** what whoever starts the host next would start; it may be a link */
  readonly program: string;
  /** what runs: /proc/self/exe, which stays what it was */
  readonly running: string;
  /** whether nobody streams, or is about to */
  readonly idle: () => boolean;
  /** called once, with a newer program in place and nobody streaming */
  readonly restart: () => void;
  /** milliseconds between two looks */
  readonly every?: number;
}

const EVERY_MS = 5000;

/**
 * Notices that a package or an archive put another program in the place of the one that runs. A media process started from
 * then on would be of another build and is refused, so the host starts anew as soon as nobody streams.
 */
export class UpgradeWatch {
  readonly #parts: UpgradeWatchParts;
  readonly #timer: NodeJS.Timeout;
  /** the other program at the last look: only one that stays the same between two looks is whole */
  #seen: string | undefined;
  #looking = false;

  constructor(parts: UpgradeWatchParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.#look(), parts.every ?? EVERY_MS).unref();
  }

  /** A newer program lies there whole. */
  get isUpgraded(): boolean {
    return this.#seen !== undefined;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const [there, running] = await Promise.all([
        markOf(this.#parts.program),
        markOf(this.#parts.running),
      ]);
      const before = this.#seen;
      // Gone: removed, or in the middle of being replaced.
      this.#seen = there === undefined || there === running ? undefined : there;
      if (this.#seen === undefined || this.#seen !== before || !this.#parts.idle()) return;
      this.close();
      this.#parts.restart();
    } finally {
      this.#looking = false;
    }
  }
}

/** Which file it is, and in which state. */
async function markOf(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found && `${found.dev}:${found.ino}:${found.size}:${found.mtimeMs}`;
}
