/** An input packet with the ENet channel and delivery that a stock client gives it (protocol 3 §2). */
export interface InputPacket {
  readonly channel: number;
  readonly delivery: 'reliable' | 'unreliable';
  readonly bytes: Buffer;
}

function packet(
  magic: number,
  channel: number,
  length: number,
  fill: (bytes: Buffer) => void,
  delivery: InputPacket['delivery'] = 'reliable',
): InputPacket {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32BE(length - 4, 0);
  bytes.writeUInt32LE(magic, 4);
  fill(bytes);
  return { channel, delivery, bytes };
}

export const enableHaptics = (): InputPacket =>
  packet(0x0d, 0x00, 10, (bytes) => bytes.writeUInt16LE(1, 8));

/** @param key Windows virtual key; bit 15 is set as moonlight-qt does @param modifiers 1 Shift, 2 Ctrl, 4 Alt, 8 Meta */
export function key(down: boolean, virtualKey: number, modifiers = 0, flags = 0): InputPacket {
  return packet(down ? 0x03 : 0x04, 0x02, 14, (bytes) => {
    bytes[8] = flags;
    bytes.writeUInt16LE(0x8000 | virtualKey, 9);
    bytes[11] = modifiers;
  });
}

export const mouseMove = (dx: number, dy: number): InputPacket =>
  packet(0x07, 0x03, 12, (bytes) => {
    bytes.writeInt16BE(dx, 8);
    bytes.writeInt16BE(dy, 10);
  });

/** A position in a picture of `width` × `height`. */
export const mousePosition = (x: number, y: number, width: number, height: number): InputPacket =>
  packet(0x05, 0x03, 18, (bytes) => {
    bytes.writeInt16BE(x, 8);
    bytes.writeInt16BE(y, 10);
    bytes.writeInt16BE(width - 1, 14);
    bytes.writeInt16BE(height - 1, 16);
  });

/** @param button 1 left, 2 middle, 3 right, 4 X1, 5 X2 */
export const mouseButton = (down: boolean, button: number): InputPacket =>
  packet(down ? 0x08 : 0x09, 0x03, 9, (bytes) => {
    bytes[8] = button;
  });

/** @param amount 120 is a notch, up positive */
export const scroll = (amount: number): InputPacket =>
  packet(0x0a, 0x03, 14, (bytes) => {
    bytes.writeInt16BE(amount, 8);
    bytes.writeInt16BE(amount, 10);
  });

/** @param amount 120 is a notch, right positive */
export const horizontalScroll = (amount: number): InputPacket =>
  packet(0x55000001, 0x03, 10, (bytes) => bytes.writeInt16BE(amount, 8));

/** One packet per code point, as a stock client splits a text. */
export const text = (content: string): InputPacket[] =>
  [...content].map((point) => {
    const encoded = Buffer.from(point, 'utf8');
    return packet(0x17, 0x06, 8 + encoded.length, (bytes) => encoded.copy(bytes, 8));
  });

export interface ControllerState {
  readonly controller: number;
  /** bit n: controller n is present */
  readonly mask: number;
  readonly buttons?: number;
  /** 0…255 */
  readonly leftTrigger?: number;
  readonly rightTrigger?: number;
  /** −32768…32767, up and right positive */
  readonly leftX?: number;
  readonly leftY?: number;
  readonly rightX?: number;
  readonly rightY?: number;
}

export const controllerState = (state: ControllerState): InputPacket =>
  packet(0x0c, 0x10 + state.controller, 34, (bytes) => {
    const buttons = state.buttons ?? 0;
    bytes.writeInt16LE(0x1a, 8);
    bytes.writeInt16LE(state.controller, 10);
    bytes.writeInt16LE(state.mask, 12);
    bytes.writeInt16LE(0x14, 14);
    bytes.writeUInt16LE(buttons & 0xffff, 16);
    bytes[18] = state.leftTrigger ?? 0;
    bytes[19] = state.rightTrigger ?? 0;
    bytes.writeInt16LE(state.leftX ?? 0, 20);
    bytes.writeInt16LE(state.leftY ?? 0, 22);
    bytes.writeInt16LE(state.rightX ?? 0, 24);
    bytes.writeInt16LE(state.rightY ?? 0, 26);
    bytes.writeInt16LE(0x9c, 28);
    bytes.writeUInt16LE(buttons >>> 16, 30);
    bytes.writeInt16LE(0x55, 32);
  });

/** @param type 0 unknown, 1 Xbox, 2 PlayStation, 3 Nintendo, 4 Steam */
export const controllerArrival = (
  controller: number,
  type: number,
  capabilities: number,
  supportedButtons: number,
): InputPacket =>
  packet(0x55000004, 0x10 + controller, 16, (bytes) => {
    bytes[8] = controller;
    bytes[9] = type;
    bytes.writeUInt16LE(capabilities, 10);
    bytes.writeUInt32LE(supportedButtons, 12);
  });

export interface TouchPoint {
  /** 0 hover, 1 down, 2 up, 3 move, 4 cancel, 6 hover leave, 7 cancel all */
  readonly event: number;
  readonly pointer: number;
  /** 0…1 of the picture */
  readonly x: number;
  readonly y: number;
  readonly pressure?: number;
  /** degrees, 0xFFFF unknown */
  readonly rotation?: number;
  readonly major?: number;
  readonly minor?: number;
}

export const touch = (point: TouchPoint): InputPacket =>
  packet(
    0x55000002,
    0x05,
    36,
    (bytes) => {
      bytes[8] = point.event;
      bytes.writeUInt16LE(point.rotation ?? 0xffff, 10);
      bytes.writeUInt32LE(point.pointer, 12);
      bytes.writeFloatLE(point.x, 16);
      bytes.writeFloatLE(point.y, 20);
      bytes.writeFloatLE(point.pressure ?? 0, 24);
      bytes.writeFloatLE(point.major ?? 0, 28);
      bytes.writeFloatLE(point.minor ?? 0, 32);
    },
    point.event === 0 || point.event === 3 ? 'unreliable' : 'reliable',
  );

export interface PenPoint extends Omit<TouchPoint, 'pointer'> {
  /** 1 pen, 2 eraser */
  readonly tool?: number;
  /** 0x01 primary, 0x02 secondary, 0x04 tertiary */
  readonly buttons?: number;
  /** degrees from the vertical, 0xFF unknown */
  readonly tilt?: number;
}

/** Always reliable, as clients send it while buttons change. */
export const pen = (point: PenPoint): InputPacket =>
  packet(0x55000003, 0x04, 36, (bytes) => {
    bytes[8] = point.event;
    bytes[9] = point.tool ?? 1;
    bytes[10] = point.buttons ?? 0;
    bytes.writeFloatLE(point.x, 12);
    bytes.writeFloatLE(point.y, 16);
    bytes.writeFloatLE(point.pressure ?? 0, 20);
    bytes.writeUInt16LE(point.rotation ?? 0xffff, 24);
    bytes[26] = point.tilt ?? 0xff;
    bytes.writeFloatLE(point.major ?? 0, 28);
    bytes.writeFloatLE(point.minor ?? 0, 32);
  });
