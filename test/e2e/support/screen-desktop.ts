import { HostUnderTest } from './host-under-test.ts';
import { XPattern, XServer } from './x-server.ts';

/** A desktop of one X screen with moving content, and the built host that streams it. */
export class ScreenDesktop {
  readonly host: HostUnderTest;
  readonly #size: readonly [width: number, height: number, fps: number];
  #screen: XServer;
  #pattern: XPattern;

  private constructor(
    size: readonly [width: number, height: number, fps: number],
    screen: XServer,
    pattern: XPattern,
    host: HostUnderTest,
  ) {
    this.#size = size;
    this.#screen = screen;
    this.#pattern = pattern;
    this.host = host;
  }

  /** @param fps that its content has */
  static async start(width: number, height: number, fps: number): Promise<ScreenDesktop> {
    const closing: { close(): Promise<void> }[] = [];
    try {
      const screen = await XServer.start(width, height);
      closing.unshift(screen);
      const pattern = await XPattern.start(screen.display, fps);
      closing.unshift(pattern);
      const host = await HostUnderTest.start({ environment: { DISPLAY: screen.display } });
      return new ScreenDesktop([width, height, fps], screen, pattern, host);
    } catch (error) {
      for (const part of closing) await part.close();
      throw error;
    }
  }

  get screen(): XServer {
    return this.#screen;
  }

  get pattern(): XPattern {
    return this.#pattern;
  }

  /** The pattern goes after the server: without its window the last picture would be an empty one. */
  async loseScreen(): Promise<void> {
    await this.#screen.kill();
    await this.#pattern.close();
  }

  async bringScreenBack(): Promise<void> {
    const [width, height, fps] = this.#size;
    this.#screen = await XServer.start(width, height, this.#screen.display);
    this.#pattern = await XPattern.start(this.#screen.display, fps);
  }

  async close(): Promise<void> {
    await this.host.close();
    await this.#pattern.close();
    await this.#screen.close();
  }
}
