import crypto from 'node:crypto';

import type { StreamConfig } from '../gamestream/stream-config.ts';
import type { Handshake, LaunchRequest } from '../gamestream/launches.ts';

/** What RTSP asks of the session behind a launch. */
export interface LaunchSteps {
  progress(record: LaunchRecord): void;
  announce(record: LaunchRecord, config: StreamConfig): void;
  refuse(record: LaunchRecord, message: string): void;
  play(record: LaunchRecord): Promise<void>;
}

/**
 * One /launch or /resume: its fresh key, and the secrets by which the client's pings and its control
 * connection are known (protocol 1 §5.3). Dies with the handshake's failure, its control connection's end, or
 * the next launch of the same device.
 */
export class LaunchRecord implements Handshake {
  readonly session: number;
  readonly request: LaunchRequest;
  readonly codecModes: number;
  readonly invalidation: boolean;
  readonly pingPayload = crypto.randomBytes(8).toString('hex').toUpperCase();
  readonly connectData: number;
  readonly surroundParams?: string;
  rtspSequence = 0;
  config: StreamConfig | undefined;
  /** the control connection is there: RTSP is over */
  connected = false;
  readonly #steps: LaunchSteps;

  /** @param connectData u32, used by no other launch */
  constructor(
    session: number,
    request: LaunchRequest,
    connectData: number,
    encoder: { readonly codecModes: number; readonly invalidation: boolean },
    steps: LaunchSteps,
  ) {
    this.session = session;
    this.request = request;
    this.connectData = connectData;
    if (request.surroundParams !== undefined) this.surroundParams = request.surroundParams;
    this.codecModes = encoder.codecModes;
    this.invalidation = encoder.invalidation;
    this.#steps = steps;
  }

  get fingerprint(): string {
    return this.request.device.fingerprint;
  }

  get remoteAddress(): string {
    return this.request.remoteAddress;
  }

  get localAddress(): string {
    return this.request.localAddress;
  }

  get key(): Buffer {
    return this.request.key;
  }

  get encrypted(): boolean {
    return this.request.encryptedRtsp;
  }

  get channels(): number {
    return this.request.channels;
  }

  progress(): void {
    this.#steps.progress(this);
  }

  announce(config: StreamConfig): void {
    this.#steps.announce(this, config);
  }

  refuse(message: string): void {
    this.#steps.refuse(this, message);
  }

  play(): Promise<void> {
    return this.#steps.play(this);
  }
}
