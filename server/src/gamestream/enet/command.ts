/**
 * ENet 1.3 commands as values (protocol 2 §A.2, §A.3). Numbers on the wire are big-endian; `connectId` is
 * four opaque bytes, kept as read so that it can be echoed byte for byte.
 */

/** Peer index of a sender that has none yet: only CONNECT may carry it. */
export const NO_PEER = 0xfff;
/** Channel of commands that belong to the connection itself. */
export const CONNECTION_CHANNEL = 0xff;
/** Session id of a slot that was never used (protocol 2 §A.3). */
export const NO_SESSION = 0xff;
export const MAXIMUM_CHANNELS = 255;
export const MINIMUM_MTU = 576;
export const MAXIMUM_MTU = 4096;
/** The client fork's default; stock ENet uses 1392 (protocol 2 §A.7). */
export const DEFAULT_MTU = 900;
export const MINIMUM_WINDOW = 4096;
export const MAXIMUM_WINDOW = 65536;
export const MAXIMUM_FRAGMENTS = 1024 * 1024;
export const MAXIMUM_COMMANDS_PER_DATAGRAM = 32;

export interface CommandHeader {
  /** the sender wants an ACKNOWLEDGE, so it repeats the command until it gets one */
  readonly acknowledge: boolean;
  readonly unsequenced: boolean;
  readonly channel: number;
  /** reliable sequence number, u16 */
  readonly sequence: number;
}

/** What CONNECT and VERIFY_CONNECT have in common. */
export interface ConnectionTerms {
  /** the sender's own index of this peer; the answerer puts it in its datagram headers */
  readonly outgoingPeer: number;
  readonly incomingSession: number;
  readonly outgoingSession: number;
  readonly mtu: number;
  readonly window: number;
  readonly channels: number;
  /** bytes per second, 0 unlimited */
  readonly incomingBandwidth: number;
  readonly outgoingBandwidth: number;
  /** milliseconds */
  readonly throttleInterval: number;
  readonly throttleAcceleration: number;
  readonly throttleDeceleration: number;
  readonly connectId: number;
}

export interface Fragment {
  /** sequence number of the first fragment (reliable), or of the whole packet (unreliable) */
  readonly start: number;
  readonly count: number;
  readonly number: number;
  readonly totalLength: number;
  readonly offset: number;
  readonly data: Uint8Array;
}

export type CommandBody =
  | {
      readonly kind: 'acknowledge';
      readonly receivedSequence: number;
      readonly receivedSentTime: number;
    }
  | ({ readonly kind: 'connect'; readonly data: number } & ConnectionTerms)
  | ({ readonly kind: 'verify-connect' } & ConnectionTerms)
  | { readonly kind: 'disconnect'; readonly data: number }
  | { readonly kind: 'ping' }
  | { readonly kind: 'send-reliable'; readonly data: Uint8Array }
  | {
      readonly kind: 'send-unreliable';
      readonly unreliableSequence: number;
      readonly data: Uint8Array;
    }
  | ({ readonly kind: 'send-fragment' } & Fragment)
  | { readonly kind: 'send-unsequenced'; readonly group: number; readonly data: Uint8Array }
  | { readonly kind: 'bandwidth-limit'; readonly incoming: number; readonly outgoing: number }
  | {
      readonly kind: 'throttle-configure';
      readonly interval: number;
      readonly acceleration: number;
      readonly deceleration: number;
    }
  | ({ readonly kind: 'send-unreliable-fragment' } & Fragment);

export type CommandKind = CommandBody['kind'];
export type Command = CommandHeader & CommandBody;
export type CommandOf<K extends CommandKind> = CommandHeader & Extract<CommandBody, { kind: K }>;

/** Command numbers are positions in this list plus one; sizes are without data (protocol 2 §A.2). */
export const COMMAND_KINDS: readonly { readonly kind: CommandKind; readonly size: number }[] = [
  { kind: 'acknowledge', size: 8 },
  { kind: 'connect', size: 48 },
  { kind: 'verify-connect', size: 44 },
  { kind: 'disconnect', size: 8 },
  { kind: 'ping', size: 4 },
  { kind: 'send-reliable', size: 6 },
  { kind: 'send-unreliable', size: 8 },
  { kind: 'send-fragment', size: 24 },
  { kind: 'send-unsequenced', size: 8 },
  { kind: 'bandwidth-limit', size: 12 },
  { kind: 'throttle-configure', size: 16 },
  { kind: 'send-unreliable-fragment', size: 24 },
];

/** Bytes that a command takes on the wire. */
export function commandSize(command: Command): number {
  const fixed = COMMAND_KINDS.find(({ kind }) => kind === command.kind)!.size;
  return isPayload(command) ? fixed + command.data.length : fixed;
}

/** Whether the command carries a message's bytes. */
export function isPayload(
  command: Command,
): command is CommandOf<
  | 'send-reliable'
  | 'send-unreliable'
  | 'send-fragment'
  | 'send-unsequenced'
  | 'send-unreliable-fragment'
> {
  return command.kind.startsWith('send-');
}
