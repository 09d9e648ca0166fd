/** The shapes of `/api/v1` that the pages use (docs/reference/admin-api.md). Times are milliseconds since 1970. */

export interface SignIn {
  readonly setUp: boolean;
  readonly signedIn: boolean;
  readonly name: string;
}

export interface Part {
  readonly name: string;
  readonly works: boolean;
  readonly detail?: string;
  readonly codecs?: readonly string[];
}

export interface HostStatus {
  readonly version: string;
  readonly name: string;
  readonly startedAt: number;
  readonly addresses: readonly string[];
  readonly ports: Readonly<Record<string, number>>;
  readonly encoders: readonly Part[];
  readonly sources: readonly Part[];
  readonly input: readonly Part[];
  readonly sound: { readonly works: boolean; readonly detail?: string };
  readonly notices: readonly {
    readonly severity: 'info' | 'warning' | 'error';
    readonly message: string;
  }[];
  readonly problems: readonly Problem[];
}

/** Something that went wrong, the last of `count` times at `at`. */
export interface Problem {
  readonly at: number;
  readonly device?: string;
  readonly message: string;
  readonly count: number;
}

export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export type ThreadClass = 'realtime' | 'nice' | 'normal';

export interface Figures {
  readonly framesPerSecond?: number;
  readonly newFramesPerSecond?: number;
  readonly droppedFrames?: number;
  readonly overwrittenFrames?: number;
  readonly bitrateKbps?: number;
  readonly encoderKbps?: number;
  readonly fecPercentage?: number;
  readonly keyframes?: number;
  readonly invalidations?: number;
  readonly hostLatency?: Spread;
  readonly capture?: Spread;
  readonly convert?: Spread;
  readonly encode?: Spread;
  readonly packetize?: Spread;
  readonly send?: Spread;
  readonly spread?: Spread;
  readonly sendDrops?: number;
  readonly sendErrors?: number;
  readonly injectedDrops?: number;
  readonly sendMethod?: 'gso' | 'sendmmsg' | 'send' | 'none';
  readonly sendBuffer?: number;
  readonly sendBufferAsked?: number;
  readonly encodeViewers?: number;
  readonly threads?: Readonly<Record<'capture' | 'encode' | 'send' | 'audio', ThreadClass>>;
}

export interface ClientReport {
  readonly lossPercentage: number;
  readonly recoveredBlocks?: number;
  readonly recoveredFrames?: number;
  readonly recoveredPackets?: number;
  readonly framesLost: number;
  readonly keyframeRequests: number;
  readonly invalidationRequests: number;
}

export interface Adaptation {
  readonly on: boolean;
  readonly targetKbps: number;
  readonly configuredKbps: number;
  readonly fecPercentage: number;
  readonly reason?: string;
}

export interface Session {
  readonly id: number;
  readonly state: 'launching' | 'handshake' | 'starting' | 'streaming' | 'paused' | 'ended';
  readonly device: { readonly fingerprint: string; readonly name: string };
  readonly app: { readonly id: string; readonly title: string };
  readonly address: string;
  readonly startedAt: number;
  readonly encoder?: string;
  readonly video?: {
    readonly codec: string;
    readonly chroma: string;
    readonly bitDepth: number;
    readonly width: number;
    readonly height: number;
    readonly framesPerSecond: number;
    readonly bitrateKbps: number;
    readonly encrypted: boolean;
  };
  readonly audio?: {
    readonly channels: number;
    readonly highQuality: boolean;
    readonly packetDuration: number;
    readonly encrypted: boolean;
  };
  readonly figures?: Figures;
  readonly client?: ClientReport;
  readonly adaptation?: Adaptation;
  readonly roundTripMs?: number;
  readonly mediaRestarts: number;
  readonly adjustments: readonly string[];
  readonly notices: readonly string[];
}

export interface Device {
  readonly fingerprint: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly input: boolean;
  readonly adaptive: boolean;
  readonly speedTest: boolean;
  readonly pairedAt: number;
  readonly lastSeenAt?: number;
  readonly lastAddress?: string;
  readonly sessions: readonly number[];
}

export interface PairingRequest {
  readonly id: string;
  readonly address: string;
  readonly suggestedName: string;
  readonly fingerprint: string;
  readonly words: string;
  readonly startedAt: number;
  readonly expiresAt: number;
}

export interface Preparation {
  readonly run: readonly string[];
  readonly undo?: readonly string[];
}

export interface AppInput {
  readonly title: string;
  readonly source: 'desktop' | 'test-pattern';
  readonly command?: readonly string[];
  readonly shell: boolean;
  readonly workingDirectory?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly preparation: readonly Preparation[];
  readonly endWithCommand: boolean;
}

export interface App extends AppInput {
  readonly id: string;
  readonly gameId: number;
  readonly position: number;
  readonly hasArt: boolean;
  readonly artUrl: string;
}

export interface State {
  readonly status: HostStatus;
  readonly sessions: readonly Session[];
  readonly devices: readonly Device[];
  readonly pairing: { readonly enabled: boolean; readonly requests: readonly PairingRequest[] };
  readonly apps: readonly App[];
}
