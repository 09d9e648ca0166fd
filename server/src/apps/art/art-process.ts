import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';

import type { ArtSubject } from './default-art.ts';

export type WantedArt = { readonly number: number } & Wanted;
/** A picture to draw, or one to make small. */
type Wanted = { readonly app: ArtSubject } | { readonly large: Uint8Array };

export type DrawnArt = { readonly number: number } & (
  { readonly picture: Uint8Array } | { readonly failure: string }
);

/** Draws the picture of an app that has none. @throws Error saying why it cannot */
export type DrawArt = (app: ArtSubject) => Promise<Buffer>;

/** Makes a small WebP of a picture. @throws Error saying why it cannot */
export type ShrinkArt = (png: Buffer) => Promise<Buffer>;

/** How the process that draws is started. */
export interface ArtCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** `FONTCONFIG_FILE`, where the package brings fonts of its own */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ArtProcessOptions {
  /** milliseconds without a wish after which the process ends; 2 s */
  readonly idle?: number;
  /** milliseconds for one picture, a cold start and the first look at all fonts included; 20 s */
  readonly limit?: number;
}

interface Wish {
  readonly wanted: Wanted;
  readonly resolve: (png: Buffer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Draws in a process of its own, one picture after the other: the library and the fonts take 90 MB, which are gone
 * again two seconds after the last picture.
 */
export class ArtProcess {
  readonly #start: ArtCommand;
  readonly #idle: number;
  readonly #limit: number;
  readonly #wishes: Wish[] = [];
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #number = 0;

  constructor(start: ArtCommand, { idle = 2_000, limit = 20_000 }: ArtProcessOptions = {}) {
    this.#start = start;
    this.#idle = idle;
    this.#limit = limit;
  }

  readonly draw: DrawArt = (app) => this.#wish({ app });

  readonly shrink: ShrinkArt = (png) => this.#wish({ large: png });

  #wish(wanted: Wanted): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    this.#wishes.push({ wanted, resolve, reject });
    if (this.#wishes.length === 1) this.#next();
    return promise;
  }

  /** What is not drawn yet fails. May be called twice. */
  close(): void {
    this.#end('the host is stopping');
  }

  #next(): void {
    clearTimeout(this.#timer);
    const [wish] = this.#wishes;
    if (!wish) {
      this.#timer = setTimeout(() => this.#end('nobody waits'), this.#idle);
      this.#timer.unref();
      return;
    }
    this.#timer = setTimeout(() => this.#end('it took too long'), this.#limit);
    const child = (this.#child ??= this.#spawn());
    const wanted: WantedArt = { number: ++this.#number, ...wish.wanted };
    // One that cannot be sent to is gone: `exit` or `error` says so.
    child.send(wanted, () => {});
  }

  #spawn(): ChildProcess {
    const { command, args, environment } = this.#start;
    const child = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      env: { ...process.env, ...environment },
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
    const gone = (reason: string): void => {
      if (this.#child === child) this.#end(`${reason}${said && `: ${said.trim()}`}`);
    };
    child.on('error', (error) => gone(error.message));
    child.on('exit', (code, signal) => gone(`the process ended with ${signal ?? code}`));
    child.on('message', (message) => this.#take(message as DrawnArt));
    return child;
  }

  #take(drawn: DrawnArt): void {
    if (drawn.number !== this.#number) return;
    const wish = this.#wishes.shift();
    if ('picture' in drawn) wish?.resolve(Buffer.from(drawn.picture));
    else wish?.reject(new Error(`The picture cannot be drawn: ${drawn.failure}`));
    this.#next();
  }

  #end(reason: string): void {
    clearTimeout(this.#timer);
    const child = this.#child;
    this.#child = undefined;
    child?.kill('SIGKILL');
    for (const { reject } of this.#wishes.splice(0)) {
      reject(new Error(`The picture cannot be drawn: ${reason}`));
    }
  }
}
