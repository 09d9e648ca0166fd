import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';

const live = new Set<number>();

// A test run that breaks off, or is told to, leaves nothing behind either.
process.once('exit', () => {
  for (const pid of live) signalGroup(pid, 'SIGKILL');
});
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(128 + os.constants.signals[signal]));
}

/** A process of a test with everything it starts, in a group of its own, so that nothing is left behind. */
export class TestProcess {
  readonly child: ChildProcess;
  readonly name: string;
  #output = '';
  #closed: Promise<void> | undefined;

  constructor(
    name: string,
    command: string,
    args: readonly string[],
    options: Pick<SpawnOptions, 'env' | 'cwd'> = {},
  ) {
    this.name = name;
    this.child = spawn(command, [...args], {
      ...options,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { pid } = this.child;
    if (pid !== undefined) live.add(pid);
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-1_000_000);
      });
    }
    this.child.once('error', (error) => {
      this.#output += String(error);
    });
  }

  /** standard output and errors, the last megabyte */
  get output(): string {
    return this.#output;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Waits until the output matches. @throws Error with the output when the process ends or time is up */
  async says(pattern: RegExp, limit = 30_000): Promise<RegExpExecArray> {
    return until(
      () => {
        const match = pattern.exec(this.#output);
        if (!match && !this.running) throw new Error(`${this.name} ended:\n${this.#output}`);
        return match ?? undefined;
      },
      limit,
      () => `${this.name} never said ${pattern}:\n${this.#output.slice(-4000)}`,
    );
  }

  /** SIGTERM to the group, SIGKILL after `grace` milliseconds. */
  close(grace = 5000): Promise<void> {
    this.#closed ??= (async () => {
      const { pid } = this.child;
      if (pid === undefined) return;
      const ended = this.running ? once(this.child, 'exit') : Promise.resolve();
      signalGroup(pid, 'SIGTERM');
      const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), grace);
      await ended;
      clearTimeout(timer);
      // Children that outlived their parent belong to the group still.
      signalGroup(pid, 'SIGKILL');
      live.delete(pid);
    })();
    return this.#closed;
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in it.
  }
}

/** Polls until `probe` gives a value. @throws Error with `failure` when time is up */
export async function until<T>(
  probe: () => T | undefined | Promise<T | undefined>,
  limit: number,
  failure: () => string,
): Promise<T> {
  const end = performance.now() + limit;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > end) throw new Error(failure());
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
