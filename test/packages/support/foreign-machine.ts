import { execFile, execFileSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const ROOT = path.resolve(import.meta.dirname, '../foreign-root');
const REPOSITORY = path.resolve(import.meta.dirname, '../../..');
const LIMIT_MS = 120_000;

/** What `execFile` rejects with when a command fails. */
export interface Failure extends Error {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The foreign system, booted: root and its one person, `player`, who is not signed in. */
export class ForeignMachine {
  readonly #leader: string;

  private constructor(leader: string) {
    this.#leader = leader;
  }

  /** @param folders shown as /packages/NAME, beside what scripts/package made */
  static boot(...folders: readonly string[]): ForeignMachine {
    const tree = execFileSync(ROOT, ['build'], { encoding: 'utf8' }).trim();
    const shown = ['deb', 'rpm', 'portable'].map((name) => path.join(REPOSITORY, name));
    return new ForeignMachine(
      execFileSync(ROOT, ['boot', tree, ...shown, ...folders], { encoding: 'utf8' }).trim(),
    );
  }

  /** Runs a line as root. @returns its output. @throws Failure */
  async root(line: string): Promise<string> {
    return this.#run(['sh', '-c', line]);
  }

  /** Runs a line as the person, with the runtime folder that lingering gives. @throws Failure */
  async player(line: string): Promise<string> {
    return this.#run([
      ...['setpriv', '--reuid=1000', '--regid=1000', '--init-groups', 'env', '-C', '/home/player'],
      ...['HOME=/home/player', 'USER=player', 'XDG_RUNTIME_DIR=/run/user/1000'],
      ...['PATH=/home/player/.local/bin:/usr/local/bin:/usr/bin:/bin', 'sh', '-c', line],
    ]);
  }

  /** A program of this machine inside the other's network, as one of its users: what a browser or a client there would be. */
  async inNetwork(uid: number, program: string, ...words: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(
      'nsenter',
      [
        ...['--target', this.#leader, '--net', '--', 'setpriv', `--reuid=${uid}`, '--clear-groups'],
        ...[program, ...words],
      ],
      { timeout: LIMIT_MS, cwd: REPOSITORY },
    );
    return stdout;
  }

  halt(): void {
    execFileSync(ROOT, ['halt', this.#leader]);
  }

  async #run(words: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(ROOT, ['enter', this.#leader, ...words], {
      timeout: LIMIT_MS,
      maxBuffer: 16e6,
    });
    return stdout;
  }
}
