import type { Logger } from 'pino';

import { MediaChild } from '../media/media-child.ts';
import type { MediaCommand } from '../media/media-child.ts';
import type { FromMedia } from '../media/messages.ts';
import type { SpeedTestSenderOptions, SpeedTestSent } from '../native/speed-test-addon.ts';

export interface SpeedTestProcessOptions {
  readonly log: Logger;
  readonly start: MediaCommand;
  /** the addon's build; a process of another one is refused */
  readonly build: string;
}

export interface SpeedTestProcessEvents {
  sent(sent: SpeedTestSent): void;
  /** a sentence; nothing is sent any more */
  failed(message: string): void;
}

/**
 * The media process of one speed test, started ahead of the ping that it waits for. A process of its own and not a
 * thread of the control process, because that is where sending belongs: the kernel may be busy for ten seconds with
 * nothing else, memory and priority go with the process, and killing it is sure to end the test.
 */
export class SpeedTestProcess {
  readonly #child: MediaChild;
  readonly #build: string;
  readonly #events: SpeedTestProcessEvents;
  #waiting: SpeedTestSenderOptions | undefined;
  #over = false;

  /** @throws Error when the system gives no process */
  constructor(options: SpeedTestProcessOptions, events: SpeedTestProcessEvents) {
    this.#events = events;
    this.#build = options.build;
    this.#child = new MediaChild(options.start, 'none', options.log);
    this.#child.listen({
      message: (message) => this.#receive(message),
      gone: (reason) => this.#fail(`The process that sends the speed test ${reason}.`),
    });
  }

  /** Once; begins as soon as the process is there. */
  start(options: SpeedTestSenderOptions): void {
    if (this.#child.build === undefined) this.#waiting = options;
    else this.#child.send({ type: 'speed-test', options });
  }

  setRate(kbps: number): void {
    if (this.#waiting) this.#waiting = { ...this.#waiting, kbps };
    else this.#child.send({ type: 'speed-test-rate', kbps });
  }

  /** @returns false when it has not begun yet; otherwise `sent` follows */
  stop(): boolean {
    const begun = !this.#waiting;
    this.#waiting = undefined;
    if (begun) this.#child.send({ type: 'speed-test-stop' });
    return begun;
  }

  kill(): void {
    this.#child.kill();
  }

  /** May be called twice. */
  close(): Promise<void> {
    this.#over = true;
    return this.#child.close();
  }

  #receive(message: FromMedia): void {
    if (this.#over) return;
    switch (message.type) {
      case 'hello': {
        if (message.build !== this.#build) {
          return this.#fail('The host was upgraded while it ran; it must be restarted first.');
        }
        const options = this.#waiting;
        this.#waiting = undefined;
        if (options) this.#child.send({ type: 'speed-test', options });
        return;
      }
      case 'speed-test-ended':
        this.#over = true;
        return this.#events.sent(message.sent);
      case 'failed':
        return this.#fail(message.message);
    }
  }

  #fail(message: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.failed(message);
  }
}
