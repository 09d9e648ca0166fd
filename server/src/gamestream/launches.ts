import type { App } from '../apps/apps.ts';
import type { Device, Fingerprint } from '../devices/devices.ts';
import type { HdrMetadata } from '../native/hdr-metadata.ts';
import type { StreamConfig } from './stream-config.ts';

/*
 * What GameStream's servers ask of whoever runs the sessions. The contract lies here, so that nothing that a
 * Moonlight client talks to knows how a session works.
 */

/** What /launch and /resume ask for, validated. */
export interface LaunchRequest {
  readonly device: Device;
  readonly width: number;
  readonly height: number;
  /** may have decimals: 59.94 */
  readonly fps: number;
  /** rikey, 16 bytes */
  readonly key: Buffer;
  /** rikeyid as u32 */
  readonly keyId: number;
  readonly channels: number;
  /** digits `NSCm…` of a client with an Opus layout of its own, validated */
  readonly surroundParams?: string;
  /** keep playing sound on the host too; absent on old clients' resume: as before */
  readonly playOnHost?: boolean;
  readonly hdr: boolean;
  /** the client can do encrypted RTSP */
  readonly encryptedRtsp: boolean;
  readonly gamepads: number;
  readonly keepGamepads: boolean;
  /** numeric, never v4-mapped */
  readonly remoteAddress: string;
  readonly localAddress: string;
}

/** An XML status and a sentence for the client's screen (protocol 1 §2.12). */
export class LaunchRefused extends Error {
  readonly status: 400 | 403 | 404 | 470 | 503;
  constructor(status: LaunchRefused['status'], message: string) {
    super(message);
    this.name = 'LaunchRefused';
    this.status = status;
  }
}

/** A launch between /launch and its control connection, as RTSP sees it. */
export interface Handshake {
  /** its number, used by no other launch */
  readonly launch: number;
  readonly fingerprint: Fingerprint;
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly key: Buffer;
  /** its sessionUrl0 said rtspenc:// */
  readonly encrypted: boolean;
  /** 16 characters for `X-SS-Ping-Payload` */
  readonly pingPayload: string;
  readonly connectData: number;
  readonly channels: number;
  readonly surroundParams?: string | undefined;
  /** bits of ServerCodecModeSupport for this client */
  readonly codecModes: number;
  /** what its picture is like in HDR; absent: it is SDR */
  readonly hdr?: HdrMetadata | undefined;
  /** encoder can invalidate references */
  readonly invalidation: boolean;
  /** the last host sequence number used for sealed RTSP; incremented before use, belongs to the launch */
  rtspSequence: number;
  /** an accepted step: the launch has another 10 s */
  progress(): void;
  /**
   * ANNOUNCE was understood: the media are asked for, and what they find is told to the session.
   *
   * @throws Error with a sentence when they cannot be had
   */
  announce(config: StreamConfig): void;
  /** ANNOUNCE asked for what cannot be: the launch is over, the sentence is for the owner */
  refuse(message: string): void;
  /** PLAY: what there is goes to the client from now on, and waits for nothing. @throws Error with a sentence */
  play(): void;
}

/** A viewer's quit ends its own view: this app goes on, unseen, for the device that launched it and is away. */
export interface AppLeftRunning {
  readonly title: string;
  /** the device's name */
  readonly owner: string;
}

/** The launches of all clients, as nvhttp and RTSP see them. */
export interface Launches {
  /** Free or busy for this client by its own certificate; 0 when free. */
  currentGame(fingerprint: Fingerprint | undefined): number;
  /** A paired device looks at the host: it may launch something soon. Cheap; called with each of its polls. */
  anticipate(): void;
  /** @returns the RTSP URL. @throws LaunchRefused */
  launch(request: LaunchRequest, app: App): Promise<string>;
  resume(request: LaunchRequest, gameId: number | undefined): Promise<string>;
  /** /cancel: ends the app when this client started it, or may end those of others who are away; else this client's own view. Resolves when all of it is over, 20 s later at most. */
  cancel(fingerprint: Fingerprint): Promise<AppLeftRunning | undefined>;
  /** Handshakes that may come from this address, newest first. */
  handshakes(remoteAddress: string): readonly Handshake[];
}
