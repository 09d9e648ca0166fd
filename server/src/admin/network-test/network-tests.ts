import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';

import { normalizeAddress } from '../../network/address.ts';
import { ApiError } from '../api-error.ts';
import type { ServerCertificate } from '../certificate.ts';
import type { LoginSessions } from '../login-sessions.ts';
import { ROLES, TEST_MS, WHOLE_MS } from './messages.ts';
import type { FromTest, TestEnd, ToTest } from './messages.ts';

/** How the process of a test is started. */
export interface NetworkTestCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** that the page measures; 10 s */
  readonly milliseconds?: number;
}

export interface NetworkTestsOptions {
  readonly log: Logger;
  readonly start: NetworkTestCommand;
  readonly certificate: ServerCertificate;
  /** Somebody's picture would suffer. */
  readonly streaming: () => boolean;
  /** A device measures its own way to the host just now. */
  readonly deviceTests: () => boolean;
  readonly logins: Pick<LoginSessions, 'on' | 'off'>;
}

export interface BegunTest {
  /** good for the two connections of this test */
  readonly ticket: string;
  readonly milliseconds: number;
}

/** milliseconds that a process has to start */
const START_LIMIT = 5_000;
/** milliseconds after the answer in which the page has to open its connections */
const JOIN_LIMIT = 6_000;
/** Connections of the browser that may go to the test: its two, and what it happens to open just then. */
const MOST_CONNECTIONS = 8;
/** milliseconds in which the process says good-bye to the page */
const GRACE = 1_000;

interface Running {
  readonly child: ChildProcess;
  readonly session: string;
  /** of the peer, numeric */
  readonly address: string;
  readonly joined: Set<string>;
  taken: number;
  timer: NodeJS.Timeout;
  ending: boolean;
}

/**
 * Tests of the network between a browser and this host, one at a time, in a process of their own. A WebSocket always
 * is a new TCP connection: while the page opens its two, the new connections from its address go to that process as
 * they are, before a byte of them is read.
 */
export class NetworkTests {
  readonly #options: NetworkTestsOptions;
  readonly #onLoginEnded = (session: string) => {
    if (this.#running?.session === session) this.#end(this.#running, 'signed-out');
  };
  #running: Running | undefined;
  #closed = false;

  constructor(options: NetworkTestsOptions) {
    this.#options = options;
    options.logins.on('ended', this.#onLoginEnded);
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** @throws ApiError while somebody streams, or another test runs */
  async begin(session: string, address: string): Promise<BegunTest> {
    const { streaming, deviceTests, log } = this.#options;
    if (this.#closed) throw new ApiError('busy', 'The host is stopping.');
    if (streaming()) {
      throw new ApiError(
        'conflict',
        'Somebody is streaming from this host, and a network test would disturb that. Try again afterwards.',
        { reason: 'streaming' },
      );
    }
    if (this.#running || deviceTests()) {
      throw new ApiError('conflict', 'Another network test runs. Try again in a few seconds.', {
        reason: 'test-runs',
      });
    }
    const running = this.#spawn(session, address);
    this.#running = running;
    const ticket = randomBytes(16).toString('hex');
    const { key, cert } = this.#options.certificate;
    send(running.child, {
      type: 'begin',
      ticket,
      certificate: { key: String(key), cert: String(cert) },
    });
    await this.#ready(running);
    log.info({ address }, 'network test begins');
    this.#replaceLimit(running, JOIN_LIMIT);
    return { ticket, milliseconds: this.#options.start.milliseconds ?? TEST_MS };
  }

  /**
   * A connection that nothing was read from yet.
   *
   * @returns whether it is the test's now
   */
  take(socket: Socket): boolean {
    const running = this.#running;
    if (!running || running.ending || running.joined.size === ROLES.length) return false;
    if (running.taken >= MOST_CONNECTIONS) return false;
    if (normalizeAddress(socket.remoteAddress) !== running.address) return false;
    running.taken += 1;
    socket.on('error', () => undefined);
    send(running.child, { type: 'connection' }, socket);
    return true;
  }

  /** A stream begins: whoever plays goes first. */
  look(): void {
    if (this.#running && this.#options.streaming()) this.#end(this.#running, 'streaming');
  }

  /** May be called twice. */
  close(): void {
    this.#closed = true;
    this.#options.logins.off('ended', this.#onLoginEnded);
    this.#running?.child.kill('SIGKILL');
  }

  #spawn(session: string, address: string): Running {
    const { start, log } = this.#options;
    const child = spawn(start.command, start.args, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const running: Running = {
      ...{ child, session, address },
      joined: new Set<string>(),
      taken: 0,
      timer: setTimeout(() => child.kill('SIGKILL'), START_LIMIT),
      ending: false,
    };
    const over = () => {
      clearTimeout(running.timer);
      if (this.#running === running) this.#running = undefined;
    };
    child.on('message', (message: FromTest) => {
      if (message.type !== 'joined' || running.ending) return;
      running.joined.add(message.role);
      if (running.joined.size === ROLES.length) this.#replaceLimit(running, WHOLE_MS);
    });
    child.on('error', (error) => {
      log.warn({ err: error }, 'network test');
      if (child.pid === undefined) over();
    });
    child.once('exit', over);
    return running;
  }

  /** @throws ApiError when the process does not come */
  async #ready({ child }: Running): Promise<void> {
    const came = await new Promise<boolean>((resolve) => {
      child.once('message', () => resolve(true));
      child.once('exit', () => resolve(false));
      child.once('error', () => resolve(false));
    });
    if (!came) {
      throw new ApiError('busy', 'The host could not start the network test. Its log says why.', {
        reason: 'no-process',
        retryAfter: 5,
      });
    }
  }

  #end(running: Running, why: TestEnd): void {
    if (running.ending) return;
    running.ending = true;
    this.#options.log.info({ why }, 'network test ends');
    send(running.child, { type: 'end', why });
    clearTimeout(running.timer);
    running.timer = setTimeout(() => running.child.kill('SIGKILL'), GRACE);
  }

  #replaceLimit(running: Running, milliseconds: number): void {
    clearTimeout(running.timer);
    running.timer = setTimeout(() => this.#end(running, 'over'), milliseconds);
  }
}

function send(child: ChildProcess, message: ToTest, socket?: Socket): void {
  if (child.connected) child.send(message, socket, {}, () => undefined);
  else socket?.destroy();
}
