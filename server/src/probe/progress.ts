/** Where progress is shown: a terminal gets a bar that moves, anything else whole lines. */
export interface ProgressOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const HIDE_CURSOR = '\u001b[?25l';
/** What puts a terminal right that a bar was shown on. */
export const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_LINE = '\r\u001b[K';
const WIDTH = 24;

/** Says what goes on. `close` leaves the terminal as it was. */
export class Progress {
  readonly #output: ProgressOutput;
  #bar = false;

  constructor(output: ProgressOutput) {
    this.#output = output;
  }

  /** A sentence that stays. */
  say(text: string): void {
    this.#output.write(`${this.#bar ? CLEAR_LINE : ''}${text}\n`);
  }

  /**
   * How far it is. Without a terminal nothing: a log shall not fill with it.
   *
   * @param share 0…1
   * @param text what is seen at this moment
   */
  show(share: number, text: string): void {
    if (!this.#output.isTTY) return;
    if (!this.#bar) this.#output.write(HIDE_CURSOR);
    this.#bar = true;
    const full = Math.round(Math.min(1, Math.max(0, share)) * WIDTH);
    const line = `  ${'█'.repeat(full)}${'░'.repeat(WIDTH - full)}  ${text}`;
    this.#output.write(`${CLEAR_LINE}${line.slice(0, (this.#output.columns ?? 80) - 1)}`);
  }

  /** Takes the bar away. May be called twice. */
  close(): void {
    if (!this.#bar) return;
    this.#bar = false;
    this.#output.write(`${CLEAR_LINE}${SHOW_CURSOR}`);
  }
}
