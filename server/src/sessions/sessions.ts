import type { App } from '../apps/apps.ts';
import type { Device, Fingerprint } from '../devices/devices.ts';
import type { StreamConfig } from '../gamestream/stream-config.ts';
import type { StageStatistics } from '../media/statistics.ts';

/** What /launch and /resume ask for, validated. */
export interface LaunchRequest {
  readonly device: Device;
  readonly width: number;
  readonly height: number;
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
  readonly session: number;
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
  readonly surroundParams?: string;
  /** bits of ServerCodecModeSupport for this client */
  readonly codecModes: number;
  /** encoder can invalidate references */
  readonly invalidation: boolean;
  /** the last host sequence number used for sealed RTSP; incremented before use, belongs to the launch */
  rtspSequence: number;
  /** an accepted step: the launch has another 10 s */
  progress(): void;
  /** ANNOUNCE was understood */
  announce(config: StreamConfig): void;
  /** PLAY: opens the media. Resolves when the media process is asked to start; rejects with a sentence. */
  play(): Promise<void>;
}

export type SessionState =
  'launching' | 'handshake' | 'starting' | 'streaming' | 'paused' | 'ended';

/** One session as the admin and `ctl` show it. */
export interface SessionView {
  readonly id: number;
  readonly state: SessionState;
  readonly device: { readonly fingerprint: Fingerprint; readonly name: string };
  readonly app: { readonly id: string; readonly title: string };
  readonly address: string;
  readonly startedAt: number;
  readonly config?: StreamConfig;
  readonly encoder?: string;
  /** last second's figures */
  readonly statistics?: StageStatistics;
  /** milliseconds */
  readonly roundTrip?: number;
  readonly mediaRestarts: number;
  /** what the owner should know: no audio server, an input back end not permitted */
  readonly notices: readonly string[];
}

export type EndReason =
  | 'client-quit'
  | 'client-left'
  | 'app-ended'
  | 'owner'
  | 'revoked'
  | 'replaced'
  | 'host-stops'
  | 'fault';

export interface Sessions {
  /** Free or busy for this client by its own certificate; 0 when free. */
  currentGame(fingerprint: Fingerprint | undefined): number;
  /** @returns the RTSP URL. @throws LaunchRefused */
  launch(request: LaunchRequest, app: App): Promise<string>;
  resume(request: LaunchRequest, gameId: number | undefined): Promise<string>;
  /** /cancel: ends the app when this client started it, else this client's own view. Resolves when no longer busy. */
  cancel(fingerprint: Fingerprint): Promise<void>;
  /** Handshakes that may come from this address, newest first. */
  handshakes(remoteAddress: string): readonly Handshake[];
  list(): readonly SessionView[];
  end(id: number, reason: EndReason): Promise<void>;
  endAll(reason: EndReason): Promise<void>;
  on(event: 'changed', listener: () => void): void;
  off(event: 'changed', listener: () => void): void;
}
