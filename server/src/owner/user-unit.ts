import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export const UNIT = 'earthshine.service';

/** A manager that hangs is waited for so long; starting itself waits for nothing. */
const LIMIT_MS = 15_000;
const JOURNAL_LINES = 8;

export interface Ran {
  readonly good: boolean;
  readonly output: string;
}

/** The unit of the user's own service manager. Never rejects. */
export const userUnit = {
  /** whether the manager answers and knows the unit */
  async isThere(): Promise<boolean> {
    return (await run('systemctl', '--user', 'cat', UNIT)).good;
  },

  isActive: async (): Promise<boolean> =>
    (await run('systemctl', '--user', 'is-active', '--quiet', UNIT)).good,

  /** now, and whenever the user signs in */
  enable: (): Promise<Ran> => run('systemctl', '--user', 'enable', '--now', UNIT),
  disable: (): Promise<Ran> => run('systemctl', '--user', 'disable', '--now', UNIT),
  start: (): Promise<Ran> => run('systemctl', '--user', 'start', UNIT),
  stop: (): Promise<Ran> => run('systemctl', '--user', 'stop', UNIT),
  reload: (): Promise<Ran> => run('systemctl', '--user', 'daemon-reload'),

  /** What it said last, a line each: messages without the JSON around them. */
  async lastWords(): Promise<string> {
    const { output } = await run(
      ...(['journalctl', '--user', '--unit', UNIT, '--lines', String(JOURNAL_LINES)] as const),
      ...['--output', 'cat', '--no-pager'],
    );
    return output.split('\n').map(messageOf).filter(Boolean).join('\n');
  },
};

export function messageOf(line: string): string {
  try {
    const { msg } = JSON.parse(line) as { msg?: unknown };
    return typeof msg === 'string' ? msg : line;
  } catch {
    return line.trim();
  }
}

async function run(program: string, ...words: readonly string[]): Promise<Ran> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, words, { timeout: LIMIT_MS });
    return { good: true, output: stdout || stderr };
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & Partial<Record<string, string>>;
    return { good: false, output: (stderr || stdout || message).trim() };
  }
}
