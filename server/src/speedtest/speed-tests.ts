import type { Logger } from 'pino';

import type { Devices, Fingerprint } from '../devices/devices.ts';
import type { ControlPlane } from '../gamestream/control/control-plane.ts';
import { SpeedTestRefused } from '../gamestream/speed-tests.ts';
import type { SpeedTestRequest, SpeedTestRun, SpeedTests } from '../gamestream/speed-tests.ts';
import type { MediaCommand } from '../media/media-child.ts';
import type { MeasuredLinks } from './measured-links.ts';
import { RunningTest } from './running-test.ts';

export interface HostSpeedTestsOptions {
  readonly log: Logger;
  readonly control: Pick<ControlPlane, 'expect' | 'end' | 'on'>;
  readonly devices: Pick<Devices, 'on'>;
  readonly start: MediaCommand;
  /** the addon's build */
  readonly build: string;
  /** UDP */
  readonly videoPort: number;
  /** Whether somebody's picture would suffer. */
  readonly streaming: () => boolean;
  /** A browser fills the network just now. */
  readonly browserTests?: () => boolean;
  /** takes what tests find */
  readonly links: Pick<MeasuredLinks, 'note' | 'forget'>;
  /** milliseconds, only ever growing */
  readonly now: () => number;
}

/** milliseconds after a test's end in which its device may tell what it found */
const HELD_LIMIT = 60_000;

/** The host's speed tests: one at a time, for devices that hold the permission and only while they do. */
export class HostSpeedTests implements SpeedTests {
  readonly #options: HostSpeedTestsOptions;
  #running: RunningTest | undefined;
  /** the one that runs, or ran last */
  #last: RunningTest | undefined;
  #lastOver: number | undefined;
  /** as control counts launches: those of sessions upwards from 1, those of tests downwards */
  #launch = 0;
  #closed = false;

  constructor(options: HostSpeedTestsOptions) {
    this.#options = options;
    const { control, devices } = options;
    control.on('endpoint', (launch, plane, endpoint) => {
      if (launch === this.#launch && plane === 'video') this.#running?.endpoint(endpoint);
    });
    control.on('fault', (message) => this.#running?.fail(message));
    devices.on('revoked', (fingerprint) => this.#withdraw(fingerprint));
    devices.on('changed', (device) => {
      if (!device.speedTest || !device.enabled) this.#withdraw(device.fingerprint);
    });
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  begin(request: SpeedTestRequest): SpeedTestRun {
    const { streaming, log } = this.#options;
    if (this.#closed) throw new SpeedTestRefused(503, 'The host is stopping.');
    if (this.#running || this.#options.browserTests?.()) {
      throw new SpeedTestRefused(409, 'Another speed test runs. Try again in a few seconds.');
    }
    if (streaming()) {
      throw new SpeedTestRefused(
        409,
        'Somebody is streaming from this host, and a speed test would disturb that. Try again afterwards.',
      );
    }
    this.#launch -= 1;
    try {
      const test: RunningTest = new RunningTest(request, {
        ...this.#options,
        launch: this.#launch,
        onOver: () => {
          this.#lastOver = this.#options.now();
          if (this.#running === test) this.#running = undefined;
        },
      });
      this.#running = test;
      this.#last = test;
      this.#lastOver = undefined;
      // A link that carries as much as is tried now tells nothing, so the old figure has to go before.
      this.#options.links.forget(request.remoteAddress);
      return test;
    } catch (error) {
      log.error({ err: error }, 'a speed test could not be started');
      throw new SpeedTestRefused(503, 'The host could not start the speed test. Its log says why.');
    }
  }

  setRate(fingerprint: Fingerprint, id: string, kbps: number): void {
    const test = this.#running;
    if (test?.id !== id || test.request.device.fingerprint !== fingerprint) {
      throw new SpeedTestRefused(404, 'This speed test is over.');
    }
    test.setRate(kbps);
  }

  noteHeld(fingerprint: Fingerprint, id: string, kbps: number): void {
    const { now, links, log } = this.#options;
    const test = this.#last;
    const late = this.#lastOver !== undefined && now() - this.#lastOver > HELD_LIMIT;
    if (test?.id !== id || test.request.device.fingerprint !== fingerprint || late) {
      throw new SpeedTestRefused(404, 'This speed test is over.');
    }
    const { device, remoteAddress: address } = test.request;
    links.note(address, kbps);
    log.info({ device: device.name, address, kbps }, 'speed test found what the link carries');
  }

  /** May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running?.close();
  }

  #withdraw(fingerprint: Fingerprint): void {
    if (this.#running?.request.device.fingerprint === fingerprint) this.#running.stop();
  }
}
