import type { Device, Fingerprint } from '../devices/devices.ts';
import type { SpeedTestSent } from '../native/speed-test-addon.ts';

/*
 * What GameStream's HTTPS server asks of whoever runs the speed tests of `earthshine probe`. Stock clients know
 * nothing of them.
 */

/** What a device asks for; validated. */
export interface SpeedTestRequest {
  readonly device: Device;
  /** kbit/s of UDP payload, capped already */
  readonly kbps: number;
  /** capped already */
  readonly seconds: number;
  /** numeric, never v4-mapped; nothing is sent to any other */
  readonly remoteAddress: string;
}

/** An XML status and a sentence for the person. */
export class SpeedTestRefused extends Error {
  readonly status: 403 | 404 | 409 | 503;
  constructor(status: SpeedTestRefused['status'], message: string) {
    super(message);
    this.name = 'SpeedTestRefused';
    this.status = status;
  }
}

/** What the device hears over its connection, one JSON document a line, in this order. */
export type SpeedTestLine =
  | {
      readonly kind: 'session';
      /** 16 hex digits, for what is asked or told of it later */
      readonly id: string;
      /** UDP, of the host; pings go there */
      readonly port: number;
      /** 16 ASCII characters, as of X-SS-Ping-Payload */
      readonly pingPayload: string;
      /** 32 hex digits */
      readonly key: string;
      readonly kbps: number;
      readonly seconds: number;
    }
  | { readonly kind: 'sending' }
  | ({ readonly kind: 'sent' } & SpeedTestSent)
  | { readonly kind: 'failed'; readonly message: string };

/** A test from its announcement to its end. */
export interface SpeedTestRun {
  /** ends when nothing is sent any more */
  readonly lines: AsyncIterable<SpeedTestLine>;
  /** Nothing is sent any more as soon as the other process hears of it. May be called twice. */
  stop(): void;
}

export interface SpeedTests {
  /**
   * Announces a test; sending begins with the device's first ping.
   *
   * @throws SpeedTestRefused
   */
  begin(request: SpeedTestRequest): SpeedTestRun;
  /**
   * Another rate for the test that runs.
   *
   * @param fingerprint of the device whose test it has to be
   * @throws SpeedTestRefused
   */
  setRate(fingerprint: Fingerprint, id: string, kbps: number): void;
  /**
   * What the last test held in the end, because the link carries no more.
   *
   * @param fingerprint of the device whose test it has to be
   * @param kbps of UDP payload, within the cap
   * @throws SpeedTestRefused
   */
  noteHeld(fingerprint: Fingerprint, id: string, kbps: number): void;
}
