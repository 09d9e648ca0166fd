import type { HdrMetadata } from '../../native/hdr-metadata.ts';
import type { InputTarget } from '../../input/input-target.ts';
import type { Endpoint, MediaPlane } from '../../native/media-addon.ts';

export type { InputTarget };

/**
 * Everything that arrives by UDP: media pings, ENet, control messages, input. It runs in a worker thread of
 * its own (`control-worker.ts`), so that nothing the admin does delays a mouse movement; the main thread sees
 * this interface, and tests use the implementation directly.
 */
export interface ControlPlane {
  /** Binds the three UDP ports on every address. Rejects with a sentence that names a port in use. */
  open(options: ControlPlaneOptions): Promise<void>;
  /** Announces a launch whose client may now ping and connect. */
  expect(launch: ExpectedClient): void;
  /** The client of the launch with this number told in its ANNOUNCE how it speaks. */
  configure(launch: number, settings: ControlSettings): void;
  /**
   * Its input goes there from now on: the screen has another size, or the owner changed what the device may do.
   * What is held stays held as long as the devices are the same.
   */
  aim(launch: number, target: InputTarget): void;
  /**
   * Opens pads before the client is there, for programs that look for them when they start.
   *
   * @param owner as in `ExpectedClient.gamepads`
   * @param attached bit n: controller n
   */
  openGamepads(owner: number, clientName: string, attached: number): Promise<void>;
  /** Removes an owner's pads; to be called when no launch of it comes any more. */
  closeGamepads(owner: number): void;
  /** Ends a client's control stream; with a code it gets the termination message first. Idempotent. */
  end(launch: number, terminationCode?: number): Promise<void>;
  /** @param metadata of HDR that is on */
  setHdrMode(launch: number, enabled: boolean, metadata?: HdrMetadata): void;
  counters(): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
  on<K extends keyof ControlPlaneEvents>(
    event: K,
    listener: (...args: ControlPlaneEvents[K]) => void,
  ): void;
}

export interface ControlPlaneOptions {
  /** numeric addresses, `['::']` for all */
  readonly addresses: readonly string[];
  readonly videoPort: number;
  readonly controlPort: number;
  readonly audioPort: number;
}

export interface ExpectedClient {
  /** the number of its launch, which no other has */
  readonly number: number;
  /** rikey */
  readonly key: Uint8Array;
  /** u32, ENet connect data */
  readonly connectData: number;
  /** 16 ASCII characters */
  readonly pingPayload: string;
  /** address that made the launch over mutual TLS, numeric, never v4-mapped */
  readonly address: string;
  readonly clientName: string;
  readonly gamepads?: ExpectedGamepads;
  /** only its pings with the payload are awaited: it has no control stream (a speed test) */
  readonly mediaOnly?: boolean;
}

export interface ExpectedGamepads {
  /** what the pads belong to over several launches; may be any number */
  readonly owner: number;
  /** bit n: controller n is attached; its pad is there before the client connects */
  readonly attached: number;
  /** the pads stay when this launch's connection ends, until `closeGamepads` */
  readonly keep: boolean;
}

export interface ControlSettings {
  readonly v2: boolean;
  /** the client honours ping payload and connect data; else both are matched by address */
  readonly honoursPingPayload: boolean;
  readonly sendsFecStatus: boolean;
  readonly input: InputTarget;
}

export type DisconnectReason = 'client-left' | 'timed-out' | 'ended-by-host' | 'protocol-error';

export interface FrameFecStatus {
  readonly frame: number;
  readonly highestSequence: number;
  readonly nextContiguousSequence: number;
  readonly missingBeforeHighest: number;
  readonly dataPackets: number;
  readonly parityPackets: number;
  readonly dataReceived: number;
  readonly parityReceived: number;
  readonly fecPercentage: number;
  readonly block: number;
  readonly blocks: number;
}

export interface ControlPlaneEvents {
  /** the client's ENet peer is connected and authenticated by its first control message */
  connected: [launch: number, address: string];
  disconnected: [launch: number, reason: DisconnectReason];
  /** a ping from a trusted address told where a plane goes; again when it moves */
  endpoint: [launch: number, plane: MediaPlane, endpoint: Endpoint];
  keyframeRequested: [launch: number];
  invalidationRequested: [launch: number, first: number, last: number];
  fecStatus: [launch: number, status: FrameFecStatus];
  lossStats: [launch: number, lost: number, interval: number, lastGoodFrame: number];
  /** milliseconds, from ENet, about once a second; `steady` is the mean without single outliers */
  roundTrip: [launch: number, rtt: number, variance: number, steady: number];
  /** something for the owner: an input back end that is not permitted, say; without a message it is over */
  notice: [launch: number, part: string, message: string | undefined];
  /** a key, a button or a finger went down, where a target wants to know no more (`InputTarget.tellsPresses`) */
  pressed: [launch: number];
  /** the worker thread itself is gone; every session is */
  fault: [message: string];
}

/** All but `fault`, which is told by whoever runs the control plane on a thread of its own. */
export const CONTROL_PLANE_EVENTS = [
  'connected',
  'disconnected',
  'endpoint',
  'keyframeRequested',
  'invalidationRequested',
  'fecStatus',
  'lossStats',
  'roundTrip',
  'notice',
  'pressed',
] as const satisfies readonly Exclude<keyof ControlPlaneEvents, 'fault'>[];
