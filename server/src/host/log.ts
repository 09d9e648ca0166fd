import { pino } from 'pino';
import type { Logger } from 'pino';

import type { LogLevel } from '../config/settings-table.ts';
import { LogBook } from '../telemetry/log-book.ts';
import type { TerminalLines } from './terminal-lines.ts';

/**
 * JSON lines on standard output, as journald likes them; on a terminal what a person wants to read of them. Keys,
 * PINs and tokens never reach a log line: what could hold them is taken out here once more.
 */
export function createLog(
  level: LogLevel,
  terminal?: TerminalLines,
): {
  readonly log: Logger;
  /** the last lines, for the admin */
  readonly book: LogBook;
  /** counts for every part of the host at once */
  readonly setLevel: (level: LogLevel) => void;
} {
  const book = new LogBook();
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
  // Parts come and go: nobody is kept for the sake of its level.
  const parts = new Set<WeakRef<Logger>>();
  const onChild = (child: Logger): void => {
    if (parts.size > MANY_PARTS) forgetGone(parts);
    parts.add(new WeakRef(child));
  };
  const log = pino(
    { level, redact, base: null, onChild },
    {
      write(line: string) {
        book.add(line);
        const shown = terminal ? terminal.read(line) : line.trimEnd();
        if (shown !== undefined) process.stdout.write(`${shown}\n`);
      },
    },
  );
  const setLevel = (next: LogLevel): void => {
    log.level = next;
    for (const part of parts) {
      const child = part.deref();
      if (child) child.level = next;
    }
  };
  return { log, book, setLevel };
}

const MANY_PARTS = 256;

function forgetGone(parts: Set<WeakRef<Logger>>): void {
  for (const part of parts) if (!part.deref()) parts.delete(part);
}
