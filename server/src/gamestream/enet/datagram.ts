import {
  COMMAND_KINDS,
  commandSize,
  MAXIMUM_COMMANDS_PER_DATAGRAM,
  MAXIMUM_MTU,
  NO_PEER,
} from './command.ts';
import type { Command, CommandHeader, ConnectionTerms, Fragment } from './command.ts';

/** One UDP payload (protocol 2 §A.1). */
export interface Datagram {
  /** index into the receiver's peers, or {@link NO_PEER} */
  readonly peer: number;
  /** 0…3 */
  readonly session: number;
  /** the sender's millisecond clock, low 16 bits; present exactly when a command wants an acknowledgement */
  readonly sentTime?: number;
  readonly commands: readonly Command[];
  /** what follows the commands could not be read and was left out */
  readonly truncated: boolean;
}

const SENT_TIME = 0x8000;
const COMPRESSED = 0x4000;
const ACKNOWLEDGE = 0x80;
const UNSEQUENCED = 0x40;
const COMMAND_NUMBER = 0x0f;

/**
 * Reads a datagram. Commands up to the first unreadable one are kept, as the protocol asks, and no more of them than
 * ENet itself puts into one: what a datagram costs is bounded.
 *
 * @returns undefined when there is no header, when it is longer than any MTU, or when it says compressed, which nobody
 *   here negotiates
 */
export function decodeDatagram(bytes: Uint8Array): Datagram | undefined {
  const buffer = asBuffer(bytes);
  if (buffer.length < 2 || buffer.length > MAXIMUM_MTU) return undefined;
  const flags = buffer.readUInt16BE(0);
  if (flags & COMPRESSED) return undefined;
  const stamped = (flags & SENT_TIME) !== 0;
  if (stamped && buffer.length < 4) return undefined;

  const commands: Command[] = [];
  let offset = stamped ? 4 : 2;
  while (offset < buffer.length && commands.length < MAXIMUM_COMMANDS_PER_DATAGRAM) {
    const command = decodeCommand(buffer, offset);
    if (!command || (command.acknowledge && !stamped)) break;
    commands.push(command);
    offset += commandSize(command);
  }
  return {
    peer: flags & NO_PEER,
    session: (flags >> 12) & 3,
    ...(stamped ? { sentTime: buffer.readUInt16BE(2) } : {}),
    commands,
    truncated: offset < buffer.length,
  };
}

function decodeCommand(buffer: Buffer, at: number): Command | undefined {
  if (buffer.length - at < 4) return undefined;
  const first = buffer.readUInt8(at);
  const shape = COMMAND_KINDS[(first & COMMAND_NUMBER) - 1];
  if (!shape || buffer.length - at < shape.size) return undefined;
  const header: CommandHeader = {
    acknowledge: (first & ACKNOWLEDGE) !== 0,
    unsequenced: (first & UNSEQUENCED) !== 0,
    channel: buffer.readUInt8(at + 1),
    sequence: buffer.readUInt16BE(at + 2),
  };
  /** The data behind a fixed part, if the datagram holds all of it. */
  const data = (length: number): Uint8Array | undefined =>
    buffer.length - at - shape.size < length
      ? undefined
      : buffer.subarray(at + shape.size, at + shape.size + length);

  switch (shape.kind) {
    case 'acknowledge':
      return {
        ...header,
        kind: shape.kind,
        receivedSequence: buffer.readUInt16BE(at + 4),
        receivedSentTime: buffer.readUInt16BE(at + 6),
      };
    case 'connect':
      return {
        ...header,
        kind: shape.kind,
        ...decodeTerms(buffer, at),
        data: buffer.readUInt32BE(at + 44),
      };
    case 'verify-connect':
      return { ...header, kind: shape.kind, ...decodeTerms(buffer, at) };
    case 'disconnect':
      return { ...header, kind: shape.kind, data: buffer.readUInt32BE(at + 4) };
    case 'ping':
      return { ...header, kind: shape.kind };
    case 'send-reliable': {
      const payload = data(buffer.readUInt16BE(at + 4));
      return payload && { ...header, kind: shape.kind, data: payload };
    }
    case 'send-unreliable': {
      const payload = data(buffer.readUInt16BE(at + 6));
      const unreliableSequence = buffer.readUInt16BE(at + 4);
      return payload && { ...header, kind: shape.kind, unreliableSequence, data: payload };
    }
    case 'send-unsequenced': {
      const payload = data(buffer.readUInt16BE(at + 6));
      const group = buffer.readUInt16BE(at + 4);
      return payload && { ...header, kind: shape.kind, group, data: payload };
    }
    case 'send-fragment':
    case 'send-unreliable-fragment': {
      const payload = data(buffer.readUInt16BE(at + 6));
      return payload && { ...header, kind: shape.kind, ...decodeFragment(buffer, at, payload) };
    }
    case 'bandwidth-limit':
      return {
        ...header,
        kind: shape.kind,
        incoming: buffer.readUInt32BE(at + 4),
        outgoing: buffer.readUInt32BE(at + 8),
      };
    case 'throttle-configure':
      return {
        ...header,
        kind: shape.kind,
        interval: buffer.readUInt32BE(at + 4),
        acceleration: buffer.readUInt32BE(at + 8),
        deceleration: buffer.readUInt32BE(at + 12),
      };
  }
}

function decodeTerms(buffer: Buffer, at: number): ConnectionTerms {
  return {
    outgoingPeer: buffer.readUInt16BE(at + 4),
    incomingSession: buffer.readUInt8(at + 6),
    outgoingSession: buffer.readUInt8(at + 7),
    mtu: buffer.readUInt32BE(at + 8),
    window: buffer.readUInt32BE(at + 12),
    channels: buffer.readUInt32BE(at + 16),
    incomingBandwidth: buffer.readUInt32BE(at + 20),
    outgoingBandwidth: buffer.readUInt32BE(at + 24),
    throttleInterval: buffer.readUInt32BE(at + 28),
    throttleAcceleration: buffer.readUInt32BE(at + 32),
    throttleDeceleration: buffer.readUInt32BE(at + 36),
    connectId: buffer.readUInt32BE(at + 40),
  };
}

function decodeFragment(buffer: Buffer, at: number, data: Uint8Array): Fragment {
  return {
    start: buffer.readUInt16BE(at + 4),
    count: buffer.readUInt32BE(at + 8),
    number: buffer.readUInt32BE(at + 12),
    totalLength: buffer.readUInt32BE(at + 16),
    offset: buffer.readUInt32BE(at + 20),
    data,
  };
}

/** Writes a datagram; `truncated` does not matter here. */
export function encodeDatagram(datagram: Omit<Datagram, 'truncated'>): Buffer {
  const { commands, sentTime } = datagram;
  const head = sentTime === undefined ? 2 : 4;
  const size = commands.reduce((sum, command) => sum + commandSize(command), head);
  const buffer = Buffer.alloc(size);
  buffer.writeUInt16BE(
    (sentTime === undefined ? 0 : SENT_TIME) |
      ((datagram.session & 3) << 12) |
      (datagram.peer & NO_PEER),
    0,
  );
  if (sentTime !== undefined) buffer.writeUInt16BE(sentTime & 0xffff, 2);
  let offset = head;
  for (const command of commands) {
    encodeCommand(buffer, offset, command);
    offset += commandSize(command);
  }
  return buffer;
}

function encodeCommand(buffer: Buffer, at: number, command: Command): void {
  const number = COMMAND_KINDS.findIndex(({ kind }) => kind === command.kind) + 1;
  buffer.writeUInt8(
    number | (command.acknowledge ? ACKNOWLEDGE : 0) | (command.unsequenced ? UNSEQUENCED : 0),
    at,
  );
  buffer.writeUInt8(command.channel, at + 1);
  buffer.writeUInt16BE(command.sequence, at + 2);
  switch (command.kind) {
    case 'acknowledge':
      buffer.writeUInt16BE(command.receivedSequence, at + 4);
      buffer.writeUInt16BE(command.receivedSentTime, at + 6);
      return;
    case 'connect':
      encodeTerms(buffer, at, command);
      buffer.writeUInt32BE(command.data, at + 44);
      return;
    case 'verify-connect':
      encodeTerms(buffer, at, command);
      return;
    case 'disconnect':
      buffer.writeUInt32BE(command.data, at + 4);
      return;
    case 'ping':
      return;
    case 'send-reliable':
      buffer.writeUInt16BE(command.data.length, at + 4);
      break;
    case 'send-unreliable':
      buffer.writeUInt16BE(command.unreliableSequence, at + 4);
      buffer.writeUInt16BE(command.data.length, at + 6);
      break;
    case 'send-unsequenced':
      buffer.writeUInt16BE(command.group, at + 4);
      buffer.writeUInt16BE(command.data.length, at + 6);
      break;
    case 'send-fragment':
    case 'send-unreliable-fragment':
      buffer.writeUInt16BE(command.start, at + 4);
      buffer.writeUInt16BE(command.data.length, at + 6);
      writeWords(buffer, at + 8, [
        command.count,
        command.number,
        command.totalLength,
        command.offset,
      ]);
      break;
    case 'bandwidth-limit':
      writeWords(buffer, at + 4, [command.incoming, command.outgoing]);
      return;
    case 'throttle-configure':
      writeWords(buffer, at + 4, [command.interval, command.acceleration, command.deceleration]);
      return;
  }
  buffer.set(command.data, at + commandSize(command) - command.data.length);
}

function encodeTerms(buffer: Buffer, at: number, terms: ConnectionTerms): void {
  buffer.writeUInt16BE(terms.outgoingPeer, at + 4);
  buffer.writeUInt8(terms.incomingSession, at + 6);
  buffer.writeUInt8(terms.outgoingSession, at + 7);
  writeWords(buffer, at + 8, [
    terms.mtu,
    terms.window,
    terms.channels,
    terms.incomingBandwidth,
    terms.outgoingBandwidth,
    terms.throttleInterval,
    terms.throttleAcceleration,
    terms.throttleDeceleration,
    terms.connectId,
  ]);
}

function writeWords(buffer: Buffer, at: number, words: readonly number[]): void {
  words.forEach((word, index) => buffer.writeUInt32BE(word, at + index * 4));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
