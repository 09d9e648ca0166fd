import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { GameStreamClient } from '../../../server/src/client/game-stream-client.ts';
import { HostUnderTest } from '../../e2e/support/host-under-test.ts';
import { compilePictureProgram } from '../../e2e/support/picture-program.ts';
import { TestProcess } from '../../e2e/support/processes.ts';
import { SoundSession } from '../../e2e/support/sound-session.ts';

/** A desktop that hands its moving pictures out through PipeWire, at a fixed rate, and the built host that streams it. */
export class GamescopeDesktop {
  readonly client: GameStreamClient;
  readonly app: number;
  readonly #host: HostUnderTest;
  readonly #screen: TestProcess;
  readonly #sound: SoundSession;
  readonly #folder: string;

  private constructor(
    parts: { host: HostUnderTest; screen: TestProcess; sound: SoundSession; folder: string },
    client: GameStreamClient,
    app: number,
  ) {
    this.#host = parts.host;
    this.#screen = parts.screen;
    this.#sound = parts.sound;
    this.#folder = parts.folder;
    this.client = client;
    this.app = app;
  }

  static async open(width: number, height: number): Promise<GamescopeDesktop> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-screen-'));
    const closing: { close(): Promise<unknown> }[] = [
      { close: () => rm(folder, { recursive: true, force: true }) },
    ];
    try {
      const source = path.join(import.meta.dirname, 'gamescope-screen.c');
      const program = compilePictureProgram(source, folder, ['libpipewire-0.3']);
      const sound = await SoundSession.start();
      closing.unshift(sound);
      const screen = new TestProcess('screen', program, [`${width}`, `${height}`, '60'], {
        env: { ...sound.environment },
      });
      closing.unshift(screen);
      await screen.says(/"ready"/);
      const host = await HostUnderTest.start({ environment: sound.environment });
      closing.unshift(host);
      const client = await host.pairedClient();
      const { id } = await client.app('Desktop');
      return new GamescopeDesktop({ host, screen, sound, folder }, client, id);
    } catch (error) {
      for (const part of closing) await part.close();
      throw error;
    }
  }

  /** of the control process */
  get pid(): number {
    return this.#host.process.child.pid!;
  }

  /** Stops drawing with the picture that is there, or goes on. */
  togglePause(): void {
    this.#screen.child.kill('SIGUSR1');
  }

  async close(): Promise<void> {
    await this.#host.close();
    await this.#screen.close();
    await this.#sound.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
