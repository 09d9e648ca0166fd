import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';

import { inheritedEnvironment } from '../../processes/inherited-environment.ts';
import { OutputLines } from '../../processes/output-lines.ts';
import { endSessionMembers } from '../../processes/session-members.ts';
import { runtimeDirectory } from '../compositors.ts';
import { findProgram } from './programs.ts';

/** milliseconds; a compositor is there in half a second, on a busy machine in a few */
const START_LIMIT = 15_000;
const POLL_MS = 20;
/** milliseconds between asking a session's programs to end and ending them */
const GRACE = 3_000;
/** lines of a compositor that are kept to say why it ended */
const LAST_LINES = 3;
/** What belongs to the session that the host was started in, and would lead a program there. */
const FOREIGN = [
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'WAYLAND_SOCKET',
  'XAUTHORITY',
  'SWAYSOCK',
  'I3SOCK',
  'GAMESCOPE_WAYLAND_DISPLAY',
  'LIBEI_SOCKET',
  'DESKTOP_STARTUP_ID',
  'XDG_ACTIVATION_TOKEN',
];
/** Told by a compositor to the first program that it starts; others need them too. */
const TOLD = [
  'WAYLAND_DISPLAY',
  'DISPLAY',
  'XAUTHORITY',
  'SWAYSOCK',
  'GAMESCOPE_WAYLAND_DISPLAY',
  'LIBEI_SOCKET',
] as const;

type Variables = Readonly<Record<string, string>>;

/** What a kind of private session runs. */
export interface SessionProgram {
  /** as its process is called */
  readonly program: string;
  /** @param starter a program that it has to start as soon as programs may run on it */
  arguments(folder: string, starter: string): readonly string[];
  /** beside what the host was started with */
  readonly environment?: Variables;
  /** what a file holds in the session's folder, by its name */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  /**
   * Whether programs may run on it by now, and their variables; absent: when it has started `starter`, with what it told
   * that one.
   */
  ready?(output: readonly string[]): Promise<Variables | undefined>;
}

/** What is written down so that a later host can end it. */
export interface SessionTrace {
  readonly folder: string;
}

/**
 * A compositor of the host's own with everything that must not be shared with the user's own session: runtime
 * directory, bus, displays. Sound goes to the user's server. It runs as the same user, so it keeps mishaps apart and
 * no attackers.
 */
export class PrivateSession {
  readonly folder: string;
  readonly #bus: string | undefined;
  readonly #log: Logger;
  readonly #lines: string[] = [];
  readonly #output: string[] = [];
  #compositor: ChildProcess | undefined;
  #variables: Variables = {};
  #ended: string | undefined;
  #onEnd: ((reason: string) => void) | undefined;
  #closing: Promise<void> | undefined;

  private constructor(folder: string, bus: string | undefined, log: Logger) {
    this.folder = folder;
    this.#bus = bus;
    this.#log = log;
  }

  /**
   * @param record writes down what is about to be made; a host that is killed meanwhile has it ended by the next one
   * @throws Error with a sentence; nothing of it runs then
   */
  static async start(
    plan: SessionProgram,
    record: (trace: SessionTrace) => Promise<void>,
    log: Logger,
  ): Promise<PrivateSession> {
    const program = await findProgram(plan.program);
    if (program === undefined) throw new Error(`${plan.program} is not installed.`);
    const folder = await makeFolder();
    const hasBus = (await findProgram('dbus-daemon')) !== undefined;
    const bus = hasBus ? `unix:path=${folder}/bus` : undefined;
    const session = new PrivateSession(folder, bus, log.child({ session: folder }));
    try {
      await record({ folder });
      await session.#shareSound();
      if (hasBus) await session.#startBus();
      await session.#startCompositor(plan, program);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** Ends what is left of one. Never rejects. */
  static async remove(folder: string): Promise<void> {
    await endSessionMembers(folder, GRACE);
    await rm(folder, { recursive: true, force: true }).catch(() => {});
  }

  /** What a program needs to run on it; null: what it would inherit belongs elsewhere. */
  get environment(): Readonly<Record<string, string | null>> {
    return {
      ...Object.fromEntries(FOREIGN.map((name) => [name, null])),
      ...this.#base,
      ...this.#variables,
    };
  }

  /** of its own bus; absent: it shares that of the user */
  get busAddress(): string | undefined {
    return this.#bus;
  }

  /** why it is over, once it is by itself */
  get ended(): string | undefined {
    return this.#ended;
  }

  /** number of the compositor's process */
  get pid(): number {
    return this.#compositor?.pid ?? 0;
  }

  /** Path of a file of it, such as a display's socket. */
  path(name: string): string {
    return path.join(this.folder, name);
  }

  /** @param listener told once when the compositor ends by itself */
  onEnd(listener: (reason: string) => void): void {
    this.#onEnd = listener;
  }

  /** Ends every program of it. May be called twice. Never rejects. */
  close(): Promise<void> {
    this.#closing ??= PrivateSession.remove(this.folder);
    return this.#closing;
  }

  get #base(): Variables {
    const shared = process.env['DBUS_SESSION_BUS_ADDRESS'] || userBus();
    const bus = this.#bus ?? shared;
    return {
      XDG_RUNTIME_DIR: this.folder,
      PULSE_SERVER: process.env['PULSE_SERVER'] || `unix:${runtimeDirectory()}/pulse/native`,
      ...(bus !== undefined && { DBUS_SESSION_BUS_ADDRESS: bus }),
    };
  }

  /** PipeWire's clients look for the server in the runtime directory. */
  async #shareSound(): Promise<void> {
    for (const name of ['pipewire-0', 'pipewire-0-manager']) {
      await symlink(`${runtimeDirectory()}/${name}`, this.path(name));
    }
  }

  async #startBus(): Promise<void> {
    // prettier-ignore
    const words = ['--session', '--nofork', '--nopidfile', '--nosyslog', `--address=unix:path=${this.path('bus')}`];
    const bus = this.#spawn('dbus-daemon', words, {});
    await this.#until(bus, 'dbus-daemon', async () => existsSync(this.path('bus')) || undefined);
  }

  async #startCompositor(plan: SessionProgram, program: string): Promise<void> {
    for (const [name, text] of Object.entries(plan.files ?? {})) {
      await writeFile(this.path(name), text, { mode: 0o600 });
    }
    const starter = this.path('starter');
    await writeFile(starter, STARTER, { mode: 0o700 });
    await chmod(starter, 0o700);
    const compositor = this.#spawn(
      program,
      plan.arguments(this.folder, starter),
      plan.environment ?? {},
    );
    this.#compositor = compositor;
    compositor.once('exit', (code, signal) => this.#compositorEnded(plan.program, code ?? signal));
    const ready = plan.ready?.bind(plan);
    this.#variables = await this.#until(compositor, plan.program, () =>
      ready ? ready(this.#output) : this.#told(),
    );
  }

  #spawn(program: string, words: readonly string[], environment: Variables): ChildProcess {
    const inherited = Object.fromEntries(
      Object.entries(inheritedEnvironment(process.env)).filter(([name]) => !FOREIGN.includes(name)),
    );
    const child = spawn(program, words, {
      cwd: inherited['HOME'] && existsSync(inherited['HOME']) ? inherited['HOME'] : '/',
      env: { ...inherited, ...this.#base, ...environment },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.on('error', (error) => this.#line(program, error.message));
    for (const stream of [child.stdout!, child.stderr!]) {
      const lines = new OutputLines((line) => this.#line(program, line));
      stream.on('data', (part: Buffer) => lines.push(part));
      stream.on('end', () => lines.end());
      stream.on('error', () => lines.end());
    }
    return child;
  }

  #line(program: string, line: string): void {
    this.#log.debug({ program }, line);
    // What a bus says about its limits explains no compositor's end.
    if (program === 'dbus-daemon') return;
    this.#lines.push(line);
    if (this.#lines.length > LAST_LINES) this.#lines.shift();
    // Only what comes before it is ready is of use.
    if (this.#output.length < 200) this.#output.push(line);
  }

  /** What it told the starter, once it has started it. */
  async #told(): Promise<Variables | undefined> {
    const text = await readFile(this.path('environment'), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const pairs = text.split('\0').flatMap((line) => {
      const name = TOLD.find((one) => line.startsWith(`${one}=`));
      return name === undefined ? [] : [[name, line.slice(name.length + 1)] as const];
    });
    return Object.fromEntries(pairs);
  }

  async #until<T>(
    child: ChildProcess,
    name: string,
    look: () => Promise<T | undefined>,
  ): Promise<T> {
    const end = performance.now() + START_LIMIT;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
        throw new Error(`${name} could not start a private session${this.#why()}`);
      }
      if (performance.now() > end) {
        throw new Error(`${name} did not start a private session in ${START_LIMIT / 1000} s.`);
      }
      await wait(POLL_MS);
    }
  }

  #compositorEnded(name: string, how: unknown): void {
    if (this.#closing) return;
    this.#ended = `The private session has ended: ${name} ended (${String(how)})${this.#why()}`;
    this.#log.warn(this.#ended);
    this.#onEnd?.(this.#ended);
  }

  /** ends a sentence */
  #why(): string {
    return this.#lines.length === 0 ? '.' : `. It said: ${this.#lines.join(' / ')}`;
  }
}

/**
 * The first program of a session: tells the host what programs on it are given. With `hold` it stays, for compositors
 * that end with it.
 */
const STARTER = `#!/bin/sh
env -0 > "$XDG_RUNTIME_DIR/environment.new"
mv "$XDG_RUNTIME_DIR/environment.new" "$XDG_RUNTIME_DIR/environment"
[ "$1" = hold ] && exec sleep infinity
exit 0
`;

async function makeFolder(): Promise<string> {
  const runtime = runtimeDirectory();
  if (runtime === undefined) {
    throw new Error('Private sessions need a runtime directory: XDG_RUNTIME_DIR is not set.');
  }
  const folder = path.join(runtime, 'earthshine');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return mkdtemp(path.join(folder, 'session-'));
}

function userBus(): string | undefined {
  const bus = `${runtimeDirectory()}/bus`;
  return existsSync(bus) ? `unix:path=${bus}` : undefined;
}
