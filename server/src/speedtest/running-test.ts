import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';

import type { Logger } from 'pino';

import type { ControlPlane } from '../gamestream/control/control-plane.ts';
import type { SpeedTestLine, SpeedTestRequest, SpeedTestRun } from '../gamestream/speed-tests.ts';
import type { Endpoint } from '../native/media-addon.ts';
import { SpeedTestProcess } from './speed-test-process.ts';
import type { SpeedTestProcessOptions } from './speed-test-process.ts';

export interface RunningTestOptions extends SpeedTestProcessOptions {
  readonly log: Logger;
  readonly control: Pick<ControlPlane, 'expect' | 'end'>;
  /** the number that control knows it by, which no launch of a session has */
  readonly launch: number;
  /** UDP */
  readonly videoPort: number;
  /** Called once, when nothing is sent any more. */
  readonly onOver: () => void;
}

/** milliseconds that a device has for its first ping; a name is resolved and a process started meanwhile */
const PING_LIMIT = 5_000;
/** milliseconds after which a process that should have ended is killed */
const GRACE = 2_000;

/**
 * One speed test. The control plane waits for the ping that carries its payload and lets it name only the address that
 * made the request over mutual TLS; then a media process sends.
 */
export class RunningTest implements SpeedTestRun {
  readonly id = randomBytes(8).toString('hex');
  readonly request: SpeedTestRequest;
  readonly lines = new PassThrough({ objectMode: true });
  readonly #options: RunningTestOptions;
  readonly #process: SpeedTestProcess;
  readonly #key = randomBytes(16);
  readonly #pingPayload = randomBytes(8).toString('hex');
  #kbps: number;
  #sending = false;
  #limit: NodeJS.Timeout;
  #over: Promise<void> | undefined;

  /** @throws Error when the system gives no process */
  constructor(request: SpeedTestRequest, options: RunningTestOptions) {
    this.request = request;
    this.#options = options;
    this.#kbps = request.kbps;
    this.#process = new SpeedTestProcess(options, {
      sent: (sent) => {
        const { device } = request;
        const { end, method, steps } = sent;
        options.log.info(
          { device: device.name, end, method, steps: steps.length },
          'speed test ended',
        );
        this.#finish({ kind: 'sent', ...sent });
      },
      failed: (message) => this.fail(message),
    });
    options.control.expect({
      number: options.launch,
      key: this.#key,
      connectData: 0,
      pingPayload: this.#pingPayload,
      address: request.remoteAddress,
      clientName: request.device.name,
      mediaOnly: true,
    });
    this.#limit = setTimeout(
      () => this.fail('No ping of this device arrived: UDP does not get through to the host.'),
      PING_LIMIT,
    );
    this.#say({
      kind: 'session',
      id: this.id,
      port: options.videoPort,
      pingPayload: this.#pingPayload,
      key: this.#key.toString('hex'),
      kbps: request.kbps,
      seconds: request.seconds,
    });
  }

  /** The ping came, from where it may come from. Another one changes nothing. */
  endpoint(endpoint: Endpoint): void {
    if (this.#sending || this.#over) return;
    this.#sending = true;
    const { device, remoteAddress, seconds } = this.request;
    this.#options.log.info(
      { device: device.name, address: remoteAddress, kbps: this.#kbps, seconds },
      'speed test begins',
    );
    this.#process.start({
      endpoint,
      key: this.#key,
      pingPayload: this.#pingPayload,
      kbps: this.#kbps,
      duration: seconds * 1000,
    });
    this.#replaceLimit(seconds * 1000 + GRACE);
    this.#say({ kind: 'sending' });
  }

  setRate(kbps: number): void {
    if (this.#over) return;
    this.#kbps = kbps;
    if (this.#sending) this.#process.setRate(kbps);
  }

  stop(): void {
    if (this.#over) return;
    if (!this.#sending || !this.#process.stop()) return this.#finish();
    this.#replaceLimit(GRACE);
  }

  /** Ends it with a sentence for the device. */
  fail(message: string): void {
    this.#options.log.warn({ device: this.request.device.name, why: message }, 'speed test failed');
    this.#finish({ kind: 'failed', message });
  }

  /** Resolves when nothing is left of it. */
  async close(): Promise<void> {
    this.#finish();
    await this.#over;
  }

  #replaceLimit(milliseconds: number): void {
    clearTimeout(this.#limit);
    this.#limit = setTimeout(() => {
      this.#process.kill();
      this.fail('The process that sends the speed test did not answer.');
    }, milliseconds);
  }

  #say(line: SpeedTestLine): void {
    this.lines.write(line);
  }

  #finish(last?: SpeedTestLine): void {
    if (this.#over) return;
    clearTimeout(this.#limit);
    if (last) this.#say(last);
    // Without a last word it has nothing to tell, and may not even have begun to listen.
    if (!last) this.#process.kill();
    this.#over = Promise.all([
      this.#process.close(),
      this.#options.control.end(this.#options.launch).catch(() => undefined),
    ]).then(() => {
      this.lines.end();
      this.#options.onOver();
    });
  }
}
