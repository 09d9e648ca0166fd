import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  makeClientIdentity,
  type ClientIdentity,
} from '../../../server/src/client/client-identity.ts';
import { GameStreamClient } from '../../../server/src/client/game-stream-client.ts';
import { randomPin } from '../../../server/src/client/pairing.ts';
import { freeBasePort } from './free-ports.ts';
import { TestProcess, until } from './processes.ts';

const PROGRAM =
  process.env['EARTHSHINE_E2E_PROGRAM'] ??
  path.resolve(import.meta.dirname, '../../../build/earthshine.cjs');

/** The bundle runs under this Node; the single executable runs by itself. */
const [COMMAND, PREFIX] = PROGRAM.endsWith('.cjs') ? [process.execPath, [PROGRAM]] : [PROGRAM, []];

export interface HostOptions {
  /** environment beside PATH and HOME: DISPLAY, XDG_RUNTIME_DIR … */
  readonly environment?: Readonly<Record<string, string>>;
  readonly arguments?: readonly string[];
  /** where it is reached; loopback */
  readonly address?: string;
}

/** The built program, running with a data folder and ports of its own. */
export class HostUnderTest {
  readonly base: number;
  readonly data: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #arguments: readonly string[];
  readonly #address: string;
  #process: TestProcess;

  private constructor(
    base: number,
    data: string,
    environment: Readonly<Record<string, string>>,
    args: readonly string[],
    address: string,
  ) {
    this.base = base;
    this.data = data;
    this.#environment = environment;
    this.#arguments = args;
    this.#address = address;
    this.#process = this.#spawn();
  }

  get process(): TestProcess {
    return this.#process;
  }

  #spawn(): TestProcess {
    const { base } = this;
    return new TestProcess(
      'earthshine',
      COMMAND,
      // prettier-ignore
      [...PREFIX, 'serve', '--data', this.data, '--base-port', String(base), '--admin-port', String(base + 1),
        ...(this.#arguments.includes('--name') ? [] : ['--name', 'under-test']), '--log-level', process.env['EARTHSHINE_E2E_LOG'] ?? 'info', ...this.#arguments],
      { env: { ...this.#environment } },
    );
  }

  /** Resolves when the host says that it is ready. */
  static async start(options: HostOptions = {}): Promise<HostUnderTest> {
    if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is not built: run scripts/build first`);
    const data = mkdtempSync(path.join(os.tmpdir(), 'earthshine-e2e-'));
    const environment = {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: data,
      LANG: 'C.UTF-8',
      ...(process.env['EARTHSHINE_ADDON'] && { EARTHSHINE_ADDON: process.env['EARTHSHINE_ADDON'] }),
      ...options.environment,
    };
    const host = new HostUnderTest(
      await freeBasePort(),
      data,
      environment,
      options.arguments ?? [],
      options.address ?? '127.0.0.1',
    );
    try {
      await host.#answers();
      return host;
    } catch (error) {
      await host.close();
      throw error;
    }
  }

  async #answers(): Promise<void> {
    // The owner's socket opens after the ports; this line is printed when everything is open.
    await this.process.says(/is ready for Moonlight/);
    await (await this.client(undefined, this.#address)).publicInfo();
  }

  /** A client that the host does not know. */
  async client(identity?: ClientIdentity, address = '127.0.0.1'): Promise<GameStreamClient> {
    return new GameStreamClient(
      { host: address, httpPort: this.base },
      identity ?? (await makeClientIdentity()),
    );
  }

  /** A client that is paired; the PIN goes through `earthshine ctl`, as its owner types it. */
  async pairedClient(address = '127.0.0.1'): Promise<GameStreamClient> {
    const client = await this.client(undefined, address);
    const pin = randomPin();
    const pairing = client.pair({ pin, signal: AbortSignal.timeout(60_000) });
    pairing.catch(() => undefined);
    await this.answerPin(pin);
    await pairing;
    return client;
  }

  /**
   * Waits for a request, then answers it.
   *
   * @returns exit code of `ctl`, which waits for the outcome: 0 when the device is paired
   */
  async answerPin(pin: string): Promise<number> {
    await until(
      async () =>
        (await this.ctl('pair', 'list', '--json')).stdout.includes('"id"') ? true : undefined,
      30_000,
      () => 'no device waits for a PIN',
    );
    return this.ctl('pair', 'answer', '--pin', pin).then(
      () => 0,
      (error: { code?: number }) => error.code ?? -1,
    );
  }

  /** `earthshine ctl …` against this host. @throws when it exits with another code than 0 */
  async ctl(...words: string[]): Promise<{ stdout: string; stderr: string }> {
    return promisify(execFile)(COMMAND, [...PREFIX, 'ctl', ...words, '--data', this.data], {
      env: { ...this.#environment },
    });
  }

  /**
   * Pid of the media process that streams: the child of the host with the most threads. Another one may wait
   * warm beside it.
   */
  streamingProcess(): number {
    const children = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          const parent = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1];
          const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
          if (Number(parent) !== this.process.child.pid || !words.includes('media')) return [];
          return { pid: Number(name), threads: readdirSync(`/proc/${name}/task`).length };
        } catch {
          return [];
        }
      })
      .sort((a, b) => b.threads - a.threads);
    if (!children[0]) throw new Error('no media process runs');
    return children[0].pid;
  }

  /** SIGKILL: the host can do nothing about it. Resolves when it is gone. */
  async kill(): Promise<void> {
    const { child } = this.process;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** After {@link kill}: the same host again, with its data and ports. Resolves when it is ready. */
  async startAgain(): Promise<void> {
    await this.process.close();
    this.#process = this.#spawn();
    await this.#answers();
  }

  async close(): Promise<void> {
    await this.process.close(8000);
    await rm(this.data, { recursive: true, force: true });
  }
}
