import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { compilePictureProgram } from './picture-program.ts';
import { TestProcess, until } from './processes.ts';

/** A private Xvfb. */
export class XServer {
  readonly display: string;
  readonly #process: TestProcess;

  private constructor(process: TestProcess, display: string) {
    this.#process = process;
    this.display = display;
  }

  /**
   * @param display one that a server had before; without it a free one is chosen
   * @param resets begins anew when its last client leaves, as X servers do by themselves
   */
  static async start(
    width: number,
    height: number,
    display?: string,
    resets = false,
  ): Promise<XServer> {
    mkdirSync('/tmp/.X11-unix', { recursive: true, mode: 0o1777 });
    const begin = async (attempts: number): Promise<XServer> => {
      const process = new TestProcess('Xvfb', 'Xvfb', [
        ...(display === undefined ? [] : [display]),
        // prettier-ignore
        ...['-displayfd', '1', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp'],
        ...(resets ? [] : ['-noreset']),
      ]);
      try {
        const [, number] = await process.says(/^(\d+)\s*$/m);
        return new XServer(process, `:${number}`);
      } catch (error) {
        // Of two that look for a free number at the same moment, one ends.
        if (display !== undefined || process.running || attempts === 1) throw error;
        return begin(attempts - 1);
      }
    };
    return begin(4);
  }

  /** Changes its size, outputs and monitors, as `xrandr` is told to. */
  async randr(...args: string[]): Promise<void> {
    await this.ask('xrandr', ...args);
  }

  /** What a program of X's own prints about it. */
  async ask(program: string, ...args: string[]): Promise<string> {
    const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', DISPLAY: this.display };
    return (await promisify(execFile)(program, args, { env })).stdout;
  }

  /** It answers nothing any more, until {@link goOn}. */
  stop(): void {
    this.#process.child.kill('SIGSTOP');
  }

  goOn(): void {
    this.#process.child.kill('SIGCONT');
  }

  /** SIGKILL: it tells its clients nothing, and clears no window before. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#process.child.kill('SIGKILL');
    await this.#process.close();
  }

  close(): Promise<void> {
    return this.#process.close();
  }
}

/** What the X client got, as it says it. */
export interface XEvent {
  readonly kind:
    'ready' | 'key-press' | 'key-release' | 'button-press' | 'button-release' | 'motion';
  readonly code?: number;
  readonly keysym?: number;
  readonly x?: number;
  readonly y?: number;
}

/** Moving content with readable frame numbers on an X display, and the input that reached it. */
export class XPattern {
  readonly events: XEvent[] = [];
  readonly #process: TestProcess;
  readonly #folder: string;

  private constructor(process: TestProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
    let rest = '';
    process.child.stdout!.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) this.events.push(JSON.parse(line) as XEvent);
    });
  }

  /**
   * Compiles the client and waits until it draws.
   *
   * @param still one picture only
   * @param content `scroll`: a texture that moves as a whole; `scene`: a film, text and a gradient, as hard to
   *   encode as what people watch, the same in every run
   */
  static async start(
    display: string,
    fps = 60,
    still = false,
    content: 'scroll' | 'scene' = 'scroll',
  ): Promise<XPattern> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-pattern-'));
    const program = compilePictureProgram(path.join(import.meta.dirname, 'x11-pattern.c'), folder, [
      'xcb',
      'xcb-shm',
    ]);
    const process = new TestProcess(
      'x11-pattern',
      program,
      [String(fps), content, ...(still ? ['still'] : [])],
      {
        env: { DISPLAY: display },
      },
    );
    const pattern = new XPattern(process, folder);
    await process.says(/"ready"/);
    return pattern;
  }

  /** Stops drawing with the picture that is there, or goes on. */
  togglePause(): void {
    this.#process.child.kill('SIGUSR1');
  }

  /** Waits for an event. */
  async event(wanted: (event: XEvent) => boolean, what: string, limit = 20_000): Promise<XEvent> {
    return until(
      () => this.events.find(wanted),
      limit,
      () => `the X client never got ${what}; it got ${JSON.stringify(this.events.slice(-20))}`,
    );
  }

  async close(): Promise<void> {
    await this.#process.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
