import { pino } from 'pino';
import type { Logger } from 'pino';

import type { LogLevel } from '../config/settings-table.ts';

/**
 * JSON lines on standard output, as journald likes them; on a terminal the same as short lines. Keys, PINs and
 * tokens never reach a log line: what could hold them is taken out here once more.
 */
export function createLog(level: LogLevel): Logger {
  const redact = [
    'key',
    'pin',
    'password',
    'secret',
    'token',
    '*.key',
    '*.pin',
    '*.password',
    '*.secret',
  ];
  const options = { level, redact, base: null };
  return process.stdout.isTTY ? pino(options, { write: writeShort }) : pino(options);
}

const NAMES: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: '',
  40: 'warning',
  50: 'error',
  60: 'fatal',
};

function writeShort(line: string): void {
  const { level, time, msg, part, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const clock = new Date(time as number).toTimeString().slice(0, 8);
  const name = NAMES[level as number] ?? '';
  const details = Object.entries(rest)
    .map(
      ([key, value]) =>
        `${key}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    )
    .join(' ');
  const fault = err ? `\n  ${(err as { stack?: string }).stack ?? ''}` : '';
  process.stdout.write(
    `${clock} ${[name, part && `${String(part)}:`, msg, details].filter(Boolean).join(' ')}${fault}\n`,
  );
}
