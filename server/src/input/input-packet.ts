/** Kinds of touch and pen events in the order of their numbers (protocol 3 §3). */
const CONTACT_KINDS = [
  'hover',
  'down',
  'up',
  'move',
  'cancel',
  'button',
  'hover-leave',
  'cancel-all',
] as const;
type ContactKind = (typeof CONTACT_KINDS)[number];

/** One input packet, checked (protocol 3 §3). Coordinates 0…1 are not clamped yet. */
export type InputPacket =
  | {
      readonly kind: 'key';
      readonly down: boolean;
      /** Windows virtual key */
      readonly virtualKey: number;
      readonly flags: number;
      /** 0x01 Shift, 0x02 Ctrl, 0x04 Alt, 0x08 Meta */
      readonly modifiers: number;
    }
  | { readonly kind: 'text'; readonly codePoints: readonly number[] }
  | { readonly kind: 'move-relative'; readonly dx: number; readonly dy: number }
  | {
      readonly kind: 'move-absolute';
      readonly x: number;
      readonly y: number;
      /** the largest x and y, above 0 */
      readonly maximumX: number;
      readonly maximumY: number;
    }
  /** 1 left, 2 middle, 3 right, 4 X1, 5 X2 */
  | { readonly kind: 'button'; readonly down: boolean; readonly button: number }
  /** 120 a notch; up and right are positive */
  | { readonly kind: 'scroll'; readonly vertical: number; readonly horizontal: number }
  | { readonly kind: 'haptics' }
  | ControllerState
  | {
      readonly kind: 'controller-arrival';
      readonly controller: number;
      readonly type: number;
      readonly capabilities: number;
      readonly buttons: number;
    }
  | {
      readonly kind: 'controller-touch';
      readonly controller: number;
      readonly contact: ContactKind;
      readonly touchpad: number;
      readonly pointerId: number;
      readonly x: number;
      readonly y: number;
      readonly pressure: number;
    }
  | {
      readonly kind: 'controller-motion';
      readonly controller: number;
      readonly sensor: 'accelerometer' | 'gyroscope';
      readonly x: number;
      readonly y: number;
      readonly z: number;
    }
  | {
      readonly kind: 'controller-battery';
      readonly controller: number;
      readonly state: number;
      /** 0…100, absent when unknown */
      readonly percent?: number;
    }
  | TouchPacket
  | PenPacket;

export interface ControllerState {
  readonly kind: 'controller';
  readonly controller: number;
  /** bit n: controller n is there */
  readonly mask: number;
  readonly buttons: number;
  readonly leftTrigger: number;
  readonly rightTrigger: number;
  readonly leftX: number;
  readonly leftY: number;
  readonly rightX: number;
  readonly rightY: number;
}

interface Contact {
  readonly contact: ContactKind;
  readonly x: number;
  readonly y: number;
  readonly pressure: number;
  readonly major: number;
  readonly minor: number;
  /** degrees 0…360, absent when unknown */
  readonly rotation?: number;
}

export interface TouchPacket extends Contact {
  readonly kind: 'touch';
  readonly pointerId: number;
}

export interface PenPacket extends Contact {
  readonly kind: 'pen';
  readonly tool: 'pen' | 'eraser';
  readonly buttons: number;
  /** degrees 0…90, absent when unknown */
  readonly tilt?: number;
}

/** Bytes of each magic's packet without its size field; longer ones are taken, shorter ones refused. */
const LEAST_SIZES: ReadonlyMap<number, number> = new Map([
  [0x00000003, 10],
  [0x00000004, 10],
  [0x00000005, 14],
  [0x00000007, 8],
  [0x00000008, 5],
  [0x00000009, 5],
  [0x0000000a, 10],
  [0x0000000c, 30],
  [0x0000000d, 6],
  [0x00000017, 5],
  [0x55000001, 6],
  [0x55000002, 32],
  [0x55000003, 32],
  [0x55000004, 12],
  [0x55000005, 24],
  [0x55000006, 20],
  [0x55000007, 8],
]);
const MAXIMUM_TEXT = 32;
const KNOWN_BUTTONS = 0x3fffff;

/** `unknown`: a magic that is not in protocol 3 §2; `malformed`: lengths or values that cannot be. */
export function decodeInputPacket(bytes: Uint8Array): InputPacket | 'unknown' | 'malformed' {
  const packet = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (packet.length < 8) return 'malformed';
  const size = packet.readUInt32BE(0);
  const magic = packet.readUInt32LE(4);
  const least = LEAST_SIZES.get(magic);
  if (least === undefined) return 'unknown';
  if (size !== packet.length - 4 || size < least) return 'malformed';

  switch (magic) {
    case 0x00000003:
    case 0x00000004:
      return {
        kind: 'key',
        down: magic === 0x00000003,
        flags: packet.readUInt8(8),
        // The high byte is the client's business (protocol 2-streaming, Q7).
        virtualKey: packet.readUInt8(9),
        modifiers: packet.readUInt8(11),
      };
    case 0x00000005:
      return decodeAbsolute(packet);
    case 0x00000007:
      return { kind: 'move-relative', dx: packet.readInt16BE(8), dy: packet.readInt16BE(10) };
    case 0x00000008:
    case 0x00000009: {
      const button = packet.readUInt8(8);
      const known = button >= 1 && button <= 5;
      return known ? { kind: 'button', down: magic === 0x00000008, button } : 'malformed';
    }
    case 0x0000000a:
      return { kind: 'scroll', vertical: packet.readInt16BE(8), horizontal: 0 };
    case 0x55000001:
      return { kind: 'scroll', vertical: 0, horizontal: packet.readInt16BE(8) };
    case 0x0000000c:
      return decodeControllerState(packet);
    case 0x0000000d:
      return { kind: 'haptics' };
    case 0x00000017:
      return decodeText(packet.subarray(8));
    case 0x55000002:
      return decodeTouch(packet);
    case 0x55000003:
      return decodePen(packet);
    default:
      return decodeControllerExtension(packet, magic);
  }
}

function decodeAbsolute(packet: Buffer): InputPacket | 'malformed' {
  const maximumX = packet.readInt16BE(14);
  const maximumY = packet.readInt16BE(16);
  if (maximumX <= 0 || maximumY <= 0) return 'malformed';
  const x = packet.readInt16BE(8);
  const y = packet.readInt16BE(10);
  return { kind: 'move-absolute', x, y, maximumX, maximumY };
}

function decodeText(bytes: Buffer): InputPacket | 'malformed' {
  if (bytes.length > MAXIMUM_TEXT) return 'malformed';
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return 'malformed';
  }
  return { kind: 'text', codePoints: Array.from(text, (character) => character.codePointAt(0)!) };
}

function decodeControllerState(packet: Buffer): InputPacket | 'malformed' {
  const controller = packet.readInt16LE(10);
  if (controller < 0 || controller > 15) return 'malformed';
  const high = packet.readUInt16LE(30);
  // Old clients extend the sign of the Y button over the upper half.
  const buttons = packet.readUInt16LE(16) | (high === 0xffff ? 0 : high << 16);
  return {
    kind: 'controller',
    controller,
    mask: packet.readUInt16LE(12),
    buttons: buttons & KNOWN_BUTTONS,
    leftTrigger: packet.readUInt8(18),
    rightTrigger: packet.readUInt8(19),
    leftX: packet.readInt16LE(20),
    leftY: packet.readInt16LE(22),
    rightX: packet.readInt16LE(24),
    rightY: packet.readInt16LE(26),
  };
}

function decodeControllerExtension(packet: Buffer, magic: number): InputPacket | 'malformed' {
  const controller = packet.readUInt8(8);
  if (controller > 15) return 'malformed';
  switch (magic) {
    case 0x55000004:
      return {
        kind: 'controller-arrival',
        controller,
        type: packet.readUInt8(9),
        capabilities: packet.readUInt16LE(10),
        buttons: packet.readUInt32LE(12),
      };
    case 0x55000005: {
      const contact = CONTACT_KINDS[packet.readUInt8(9)];
      const touchpad = packet.readUInt8(11);
      const floats = readFloats(packet, 16, 3);
      if (!contact || touchpad > 1 || !floats) return 'malformed';
      const [x, y, pressure] = floats as [number, number, number];
      const pointerId = packet.readUInt32LE(12);
      return { kind: 'controller-touch', controller, contact, touchpad, pointerId, x, y, pressure };
    }
    case 0x55000006: {
      const sensor = ([undefined, 'accelerometer', 'gyroscope'] as const)[packet.readUInt8(9)];
      const floats = readFloats(packet, 12, 3);
      if (!sensor || !floats) return 'malformed';
      const [x, y, z] = floats as [number, number, number];
      return { kind: 'controller-motion', controller, sensor, x, y, z };
    }
    default: {
      const state = packet.readUInt8(9);
      const percent = packet.readUInt8(10);
      if (state > 5) return 'malformed';
      const known = percent <= 100 ? { percent } : {};
      return { kind: 'controller-battery', controller, state, ...known };
    }
  }
}

function decodeTouch(packet: Buffer): InputPacket | 'malformed' {
  const contact = CONTACT_KINDS[packet.readUInt8(8)];
  const floats = readFloats(packet, 16, 5);
  if (!contact || !floats) return 'malformed';
  const [x, y, pressure, major, minor] = floats as [number, number, number, number, number];
  return {
    kind: 'touch',
    contact,
    pointerId: packet.readUInt32LE(12),
    x,
    y,
    pressure,
    major,
    minor,
    ...rotationAt(packet, 10),
  };
}

function decodePen(packet: Buffer): InputPacket | 'malformed' {
  const contact = CONTACT_KINDS[packet.readUInt8(8)];
  const tool = ([undefined, 'pen', 'eraser'] as const)[packet.readUInt8(9)] ?? 'pen';
  const head = readFloats(packet, 12, 3);
  const area = readFloats(packet, 28, 2);
  if (!contact || !head || !area) return 'malformed';
  const [x, y, pressure] = head as [number, number, number];
  const [major, minor] = area as [number, number];
  const tilt = packet.readUInt8(26);
  return {
    kind: 'pen',
    contact,
    tool,
    buttons: packet.readUInt8(10) & 7,
    x,
    y,
    pressure,
    major,
    minor,
    ...rotationAt(packet, 24),
    ...(tilt <= 90 ? { tilt } : {}),
  };
}

function rotationAt(packet: Buffer, at: number): { rotation?: number } {
  const rotation = packet.readUInt16LE(at);
  return rotation <= 360 ? { rotation } : {};
}

/** @returns undefined when one of them is not a number */
function readFloats(packet: Buffer, at: number, count: number): number[] | undefined {
  const floats = Array.from({ length: count }, (_, index) => packet.readFloatLE(at + 4 * index));
  return floats.every(Number.isFinite) ? floats : undefined;
}
