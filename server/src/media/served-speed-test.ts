import type { NativeSpeedTest, SpeedTestAddon } from '../native/speed-test-addon.ts';
import type { FromMedia, ToMedia } from './messages.ts';

/** A media process's one speed test: begins it, passes the rate on, reports its end. */
export class ServedSpeedTest {
  readonly #addon: Pick<SpeedTestAddon, 'startSpeedTest'>;
  readonly #send: (message: FromMedia) => void;
  #test: NativeSpeedTest | undefined;

  constructor(addon: Pick<SpeedTestAddon, 'startSpeedTest'>, send: (message: FromMedia) => void) {
    this.#addon = addon;
    this.#send = send;
  }

  /** @returns false for a message that is not about speed tests */
  handle(message: ToMedia): boolean {
    switch (message.type) {
      case 'speed-test':
        this.#start(message);
        return true;
      case 'speed-test-rate':
        this.#test?.setRate(message.kbps);
        return true;
      case 'speed-test-stop':
        this.#test?.stop();
        return true;
      default:
        return false;
    }
  }

  /** May be called twice. */
  async close(): Promise<void> {
    this.#test?.stop();
    await this.#test?.ended;
  }

  #start({ options }: Extract<ToMedia, { type: 'speed-test' }>): void {
    try {
      if (this.#test) throw new Error('A speed test runs in this process already.');
      this.#test = this.#addon.startSpeedTest(options);
    } catch (error) {
      this.#send({ type: 'failed', message: (error as Error).message });
      return;
    }
    void this.#test.ended.then((sent) => this.#send({ type: 'speed-test-ended', sent }));
  }
}
