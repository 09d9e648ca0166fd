import { pino } from 'pino';
import type { Logger } from 'pino';

import type { LogLevel } from '../config/settings-table.ts';
import type { TerminalLines } from './terminal-lines.ts';

/**
 * JSON lines on standard output, as journald likes them; on a terminal what a person wants to read of them. Keys,
 * PINs and tokens never reach a log line: what could hold them is taken out here once more.
 */
export function createLog(level: LogLevel, terminal?: TerminalLines): Logger {
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
  if (!terminal) return pino(options);
  return pino(options, {
    write(line: string) {
      const shown = terminal.read(line);
      if (shown !== undefined) process.stdout.write(`${shown}\n`);
    },
  });
}
