/** A line of the log with its place among all of this host's run. */
export interface LogLine {
  readonly sequence: number;
  /** milliseconds since 1970 */
  readonly at: number;
  /** pino's: 20 debug, 30 info, 40 warn, 50 error, 60 fatal */
  readonly level: number;
  readonly part: string;
  readonly message: string;
  /** what else it says, as JSON */
  readonly details: Readonly<Record<string, unknown>>;
}

const KEPT_LINES = 4000;
/** A stack trace has its place; whatever somebody managed to have logged at length has not. */
const LONGEST_LINE = 16_384;

/** The last lines of the log, for whoever looks while the host runs; bounded. */
export class LogBook {
  readonly #lines: LogLine[] = [];
  #sequence = 0;

  /** @param line as pino writes it: one object of JSON */
  add(line: string): void {
    if (line.length > LONGEST_LINE) return;
    let parsed: Record<string, unknown>;
    try {
      parsed = JSON.parse(line) as Record<string, unknown>;
    } catch {
      return;
    }
    const { level, time, part, msg, ...details } = parsed;
    this.#lines.push({
      sequence: ++this.#sequence,
      at: Number(time),
      level: Number(level),
      part: typeof part === 'string' ? part : 'host',
      message: typeof msg === 'string' ? msg : '',
      details,
    });
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
  }

  /**
   * The oldest first.
   *
   * @param after a sequence number; lines up to it are left out
   * @param limit so many at most, the newest
   */
  lines({ after = 0, limit = KEPT_LINES }: { after?: number; limit?: number } = {}): LogLine[] {
    return this.#lines.filter(({ sequence }) => sequence > after).slice(-limit);
  }
}
