import { setTimeout as sleep } from 'node:timers/promises';

import type { SpeedTestLine } from '../gamestream/speed-tests.ts';
import type {
  NativeSpeedTestReceiver,
  SpeedTestAddon,
  SpeedTestFigures,
  SpeedTestSent,
} from '../native/speed-test-addon.ts';
import { ConnectionsAhead } from './connections-ahead.ts';
import type { GameStreamClient } from './game-stream-client.ts';
import { HostRefused } from './host-requests.ts';
import { parseSpeedTestLine } from './speed-test-line.ts';

export interface SpeedTestOptions {
  /** the first rate, kbit/s */
  readonly kbps: number;
  readonly seconds: number;
  readonly signal?: AbortSignal;
}

/** Both ends' figures of one test. */
export interface SpeedTestResult {
  readonly sent: SpeedTestSent;
  readonly received: SpeedTestFigures;
}

/** The host broke off, or said something that no host says; the sentence is for the person. */
export class SpeedTestFailed extends Error {
  override readonly name = 'SpeedTestFailed';
}

/** milliseconds for the last packets to arrive */
const SETTLE = 100;
/** milliseconds */
const RATE_TIMEOUT = 3000;
/** milliseconds, a handshake included */
const TELL_TIMEOUT = 5000;
/** milliseconds that connections may take to stand */
const AHEAD_LIMIT = 2000;

/** A device's end of a speed test. The connection that asked for it stays open; its end is the test's. */
export class SpeedTest {
  readonly #client: GameStreamClient;
  readonly #id: string;
  readonly #receiver: NativeSpeedTestReceiver;
  readonly #connection: AbortController;
  readonly #ahead: ConnectionsAhead;
  readonly #result: Promise<SpeedTestResult>;
  #steps = 1;

  private constructor(
    client: GameStreamClient,
    session: Extract<SpeedTestLine, { kind: 'session' }>,
    lines: AsyncIterator<string>,
    connection: AbortController,
    ahead: ConnectionsAhead,
    addon: Pick<SpeedTestAddon, 'openSpeedTestReceiver'>,
  ) {
    this.#client = client;
    this.#id = session.id;
    this.#connection = connection;
    this.#ahead = ahead;
    this.#receiver = addon.openSpeedTestReceiver({
      address: client.address.host,
      port: session.port,
      key: Buffer.from(session.key, 'hex'),
      pingPayload: session.pingPayload,
    });
    this.#result = this.#follow(lines);
    // Whoever asks for the result hears of it.
    this.#result.catch(() => undefined);
  }

  /**
   * Asks for a test, and pings. Sending begins with the ping's arrival.
   *
   * @throws HostRefused 403 without the permission, 404 from a host that knows no speed tests, 409 when another runs
   * @throws SpeedTestFailed
   */
  static async begin(
    client: GameStreamClient,
    options: SpeedTestOptions,
    addon: Pick<SpeedTestAddon, 'openSpeedTestReceiver'>,
  ): Promise<SpeedTest> {
    const connection = new AbortController();
    const signal = options.signal
      ? AbortSignal.any([connection.signal, options.signal])
      : connection.signal;
    const { kbps, seconds } = options;
    const answer = await client.requests.httpsLines(
      'earthshine/speedtest',
      { kbps, seconds },
      { signal },
    );
    const lines = answer[Symbol.asyncIterator]();
    const ahead = new ConnectionsAhead(client.requests);
    try {
      const first = await lines.next();
      const session = first.done ? undefined : parseSpeedTestLine(first.value);
      if (session?.kind === 'failed') throw new SpeedTestFailed(session.message);
      if (session?.kind !== 'session') {
        throw new SpeedTestFailed('The host began the speed test with something unknown.');
      }
      // Without them it goes, too, if not as well.
      await Promise.race([ahead.ready(), sleep(AHEAD_LIMIT, undefined, { ref: false, signal })]);
      return new SpeedTest(client, session, lines, connection, ahead, addon);
    } catch (error) {
      connection.abort();
      ahead.close();
      throw error;
    }
  }

  /** what has arrived so far */
  figures(): SpeedTestFigures {
    return this.#receiver.figures();
  }

  /** Rates so far, the first one included; the last one's figures are `figures().steps[steps - 1]`. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Over a connection that was opened while the link was still free: a handshake might not get through.
   *
   * @returns false when the test is over already
   */
  async setRate(kbps: number): Promise<boolean> {
    const connection = this.#ahead.take();
    try {
      await this.#client.requests.https(
        'earthshine/speedtest/rate',
        { session: this.#id, kbps },
        {
          timeout: RATE_TIMEOUT,
          signal: this.#connection.signal,
          ...(connection && { connection }),
        },
      );
      this.#steps++;
      return true;
    } catch (error) {
      if (error instanceof HostRefused && error.status === 404) return false;
      if (error instanceof HostRefused) throw error;
      throw new SpeedTestFailed(
        'The link was so full that the host could not be told to slow down. Try again with a limit: --speed-test 50',
        { cause: error },
      );
    } finally {
      connection?.destroy();
    }
  }

  /**
   * Tells what was held in the end, within a minute after it, for the host's streams to this address.
   *
   * @returns false when the host does not want to know it: an older one, or another test has begun
   */
  async tellHeld(kbps: number): Promise<boolean> {
    try {
      await this.#client.requests.https(
        'earthshine/speedtest/held',
        { session: this.#id, kbps },
        { timeout: TELL_TIMEOUT, signal: this.#connection.signal },
      );
      return true;
    } catch (error) {
      if (error instanceof HostRefused && error.status === 404) return false;
      throw error;
    }
  }

  /** Resolves when the host has sent its last packet. @throws SpeedTestFailed */
  result(): Promise<SpeedTestResult> {
    return this.#result;
  }

  /** Breaks it off. May be called twice. */
  async close(): Promise<void> {
    this.#connection.abort();
    this.#ahead.close();
    await this.#receiver.close();
  }

  async #follow(lines: AsyncIterator<string>): Promise<SpeedTestResult> {
    try {
      for (;;) {
        const next = await lines.next();
        if (next.done) throw new SpeedTestFailed('The host broke the speed test off.');
        const line = parseSpeedTestLine(next.value);
        if (line?.kind === 'failed') throw new SpeedTestFailed(line.message);
        if (line?.kind !== 'sent') continue;
        const { end, method, steps } = line;
        await sleep(SETTLE);
        return { sent: { end, method, steps }, received: await this.#receiver.close() };
      }
    } catch (error) {
      await this.#receiver.close();
      if (error instanceof SpeedTestFailed) throw error;
      throw new SpeedTestFailed(`The connection to the host broke: ${(error as Error).message}`);
    } finally {
      // An answer that is not read to its end keeps its connection.
      await lines.return?.();
    }
  }
}
