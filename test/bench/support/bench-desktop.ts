import type { SessionJson } from '../../../server/src/admin/resources/session-shapes.ts';
import type { GameStreamClient } from '../../../server/src/client/game-stream-client.ts';
import { ControlClient } from '../../../server/src/ctl/control-client.ts';
import { HostUnderTest } from '../../e2e/support/host-under-test.ts';
import { SoundSession } from '../../e2e/support/sound-session.ts';
import { XPattern, XServer } from '../../e2e/support/x-server.ts';

/** One session with its last second's figures. */
export type SessionFigures = SessionJson & {
  readonly figures: { readonly encodeViewers?: number };
};

export interface DesktopOptions {
  readonly width: number;
  readonly height: number;
  /** draws one picture only */
  readonly still?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  readonly arguments?: readonly string[];
}

/** A desktop with sound whose picture moves, and the built host that streams it. */
export class BenchDesktop {
  readonly screen: XServer;
  readonly pattern: XPattern;
  readonly sound: SoundSession;
  readonly host: HostUnderTest;
  /** id of the app that streams the desktop */
  readonly app: number;
  readonly #client: GameStreamClient;

  private constructor(
    parts: Pick<BenchDesktop, 'screen' | 'pattern' | 'sound' | 'host' | 'app'>,
    client: GameStreamClient,
  ) {
    this.screen = parts.screen;
    this.pattern = parts.pattern;
    this.sound = parts.sound;
    this.host = parts.host;
    this.app = parts.app;
    this.#client = client;
  }

  static async open(options: DesktopOptions): Promise<BenchDesktop> {
    const closing: { close(): Promise<void> }[] = [];
    try {
      const screen = await XServer.start(options.width, options.height);
      closing.unshift(screen);
      const pattern = await XPattern.start(screen.display, 60, options.still ?? false, 'scene');
      closing.unshift(pattern);
      const sound = await SoundSession.start();
      closing.unshift(sound);
      const host = await HostUnderTest.start({
        environment: {
          ...sound.environment,
          DISPLAY: screen.display,
          ...options.environment,
        },
        arguments: options.arguments ?? [],
      });
      closing.unshift(host);
      const client = await host.pairedClient();
      const app = (await client.app('Desktop')).id;
      return new BenchDesktop({ screen, pattern, sound, host, app }, client);
    } catch (error) {
      for (const part of closing) await part.close();
      throw error;
    }
  }

  get client(): GameStreamClient {
    return this.#client;
  }

  /** of the control process */
  get pid(): number {
    return this.host.process.child.pid!;
  }

  /** The running sessions with their last second's figures. */
  async sessions(): Promise<SessionFigures[]> {
    const client = new ControlClient(this.host.data);
    return (await client.ask<{ sessions: SessionFigures[] }>('GET', 'sessions')).sessions;
  }

  async close(): Promise<void> {
    await this.host.close();
    await this.pattern.close();
    await this.screen.close();
    await this.sound.close();
  }
}
