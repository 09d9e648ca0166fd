import type { LogLevel } from '../config/settings-table.ts';

const NAMES: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  40: 'warning',
  50: 'error',
  60: 'fatal',
};
const WARNING = 40;

/** Of what an event of everyday life carries, what says something to a person. */
const SHOWN = ['device', 'client', 'app', 'state', 'reason', 'why', 'address', 'line'];

/**
 * Log lines as a person at a terminal reads them: the clock, what happened, to whom. Whoever chose a level that tells
 * more than `info` gets every detail. What is logged while the host starts is left out but for warnings: the address
 * that follows says that all of it went well.
 */
export class TerminalLines {
  readonly #everything: boolean;
  #ready = false;

  constructor(level: LogLevel) {
    this.#everything = level === 'debug' || level === 'trace';
  }

  /** From now on everyday events are shown. */
  ready(): void {
    this.#ready = true;
  }

  /** @param line one JSON line of pino @returns what the terminal shows of it, if anything */
  read(line: string): string | undefined {
    const { level, time, msg, part, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
    const isEveryday = (level as number) < WARNING && !this.#everything;
    if (isEveryday && !this.#ready) return undefined;
    const details = Object.entries(rest)
      .filter(([key]) => (isEveryday ? SHOWN.includes(key) : this.#everything || key !== 'code'))
      .map(([key, value]) => `${key}=${shown(value)}`);
    const { message, stack } = (err ?? {}) as { message?: string; stack?: string };
    const fault = this.#everything ? stack : message;
    return (
      [
        new Date(time as number).toTimeString().slice(0, 8),
        NAMES[level as number],
        part !== undefined && this.#everything && `${String(part)}:`,
        msg,
        ...details,
      ]
        .filter(Boolean)
        .join(' ') + (fault === undefined ? '' : `\n  ${fault}`)
    );
  }
}

function shown(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
