import { CardDisplay } from '../card/card-display.ts';
import type { HostAction, HostActionAsker } from './host-action.ts';

/** seconds that a person has to think again */
const COUNTDOWN = 5;
/** milliseconds for which the last card is there to be read */
const READ = 3_000;
/** milliseconds after its stream: its client has taken leave by then */
const FAREWELL = 1_500;

/**
 * The card of a host action. It counts down from the moment that somebody sees it; any key, a touch, a button of a
 * controller, quitting and leaving cancel it.
 */
export class HostActionDisplay extends CardDisplay {
  readonly #action: HostAction;
  readonly #asker: HostActionAsker;
  readonly #failed: (sentence: string) => void;
  #state: 'waiting' | 'counting' | 'acting' | 'due' | 'over' = 'waiting';
  #timer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  /** @param failed a failure that nobody sees any more */
  constructor(action: HostAction, asker: HostActionAsker, failed: (sentence: string) => void) {
    super(action.title, `${action.announcement} in ${COUNTDOWN} s.`, CANCEL);
    this.#action = action;
    this.#asker = asker;
    this.#failed = failed;
  }

  watched(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'counting';
    this.#count(COUNTDOWN);
  }

  pressed(): void {
    this.#cancel('Cancelled: something was pressed.');
  }

  left(): void {
    this.#cancel('Cancelled: the device has left.');
  }

  override close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #count(seconds: number): void {
    if (seconds === 0) {
      void this.#act();
      return;
    }
    this.say(this.#action.title, `${this.#action.announcement} in ${seconds} s.`, CANCEL);
    this.#timer = setTimeout(() => this.#count(seconds - 1), 1_000);
  }

  #cancel(sentence: string): void {
    if (this.#state === 'waiting' || this.#state === 'counting') this.#finish(sentence);
  }

  async #act(): Promise<void> {
    this.#state = 'acting';
    const { title, announcement, afterStream } = this.#action;
    // Somebody may have come within these seconds.
    const refusal = await this.#action.refusal(this.#asker);
    if (this.#state !== 'acting') return;
    if (refusal !== undefined) {
      this.#finish(refusal);
    } else if (afterStream) {
      this.#state = 'due';
      this.say(title, `${announcement}.`);
      this.emit('over');
    } else {
      const told = await this.#perform();
      this.#finish(told.sentence);
    }
  }

  async #perform(): Promise<{ readonly sentence: string; readonly failed: boolean }> {
    try {
      return { sentence: await this.#action.perform(this.#asker), failed: false };
    } catch (error) {
      return { sentence: (error as Error).message, failed: true };
    }
  }

  #finish(sentence: string): void {
    if (this.#closing) return;
    clearTimeout(this.#timer);
    this.#state = 'over';
    this.say(this.#action.title, sentence);
    this.#timer = setTimeout(() => this.emit('over'), READ);
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    const isDue = this.#state === 'due';
    this.#state = 'over';
    if (!isDue) return;
    await new Promise((resolve) => {
      setTimeout(resolve, FAREWELL);
    });
    const { sentence, failed } = await this.#perform();
    if (failed) this.#failed(sentence);
  }
}

const CANCEL = 'Press any key or button to cancel, or quit.';
