import type { HdrMetadata } from '../../native/hdr-metadata.ts';
import type { ControlMessage } from './message-cipher.ts';

/** What the host says on the control stream, reliable on channel 0 (protocol 2 §B.5). */
export type HostMessage =
  /** motors 0…65535, kept until changed */
  | {
      readonly kind: 'rumble';
      readonly controller: number;
      readonly low: number;
      readonly high: number;
    }
  | {
      readonly kind: 'rumble-triggers';
      readonly controller: number;
      readonly left: number;
      readonly right: number;
    }
  | {
      readonly kind: 'motion-rate';
      readonly controller: number;
      /** Hz, 0 off */
      readonly rate: number;
      readonly sensor: 'accelerometer' | 'gyroscope';
    }
  | {
      readonly kind: 'led';
      readonly controller: number;
      readonly red: number;
      readonly green: number;
      readonly blue: number;
    }
  | {
      readonly kind: 'adaptive-triggers';
      readonly controller: number;
      /** 0x04 right, 0x08 left */
      readonly flags: number;
      readonly leftType: number;
      readonly rightType: number;
      /** 10 bytes each, DualSense effect data */
      readonly left: Uint8Array;
      readonly right: Uint8Array;
    }
  | { readonly kind: 'hdr'; readonly enabled: boolean; readonly metadata?: HdrMetadata }
  | { readonly kind: 'termination'; readonly code: number };

const RUMBLE = 0x010b;
const RUMBLE_TRIGGERS = 0x5500;
const MOTION_RATE = 0x5501;
const LED = 0x5502;
const ADAPTIVE_TRIGGERS = 0x5503;
const HDR = 0x010e;
const TERMINATED = 0x0109;
/** The client ignores the first four bytes of a rumble message; known hosts write this. */
const RUMBLE_FILLER = 0x00c0ffee;
const SENSORS = ['accelerometer', 'gyroscope'] as const;

export function encodeHostMessage(message: HostMessage): ControlMessage {
  switch (message.kind) {
    case 'rumble': {
      const payload = Buffer.alloc(10);
      payload.writeUInt32LE(RUMBLE_FILLER, 0);
      writeShorts(payload, 4, [message.controller, message.low, message.high]);
      return { type: RUMBLE, payload };
    }
    case 'rumble-triggers': {
      const payload = Buffer.alloc(6);
      writeShorts(payload, 0, [message.controller, message.left, message.right]);
      return { type: RUMBLE_TRIGGERS, payload };
    }
    case 'motion-rate': {
      const payload = Buffer.alloc(5);
      writeShorts(payload, 0, [message.controller, message.rate]);
      payload.writeUInt8(SENSORS.indexOf(message.sensor) + 1, 4);
      return { type: MOTION_RATE, payload };
    }
    case 'led': {
      const payload = Buffer.from([0, 0, message.red, message.green, message.blue]);
      payload.writeUInt16LE(message.controller, 0);
      return { type: LED, payload };
    }
    case 'adaptive-triggers': {
      const payload = Buffer.alloc(25);
      payload.writeUInt16LE(message.controller, 0);
      payload.set([message.flags, message.leftType, message.rightType], 2);
      payload.set(message.left.subarray(0, 10), 5);
      payload.set(message.right.subarray(0, 10), 15);
      return { type: ADAPTIVE_TRIGGERS, payload };
    }
    case 'hdr': {
      const payload = Buffer.alloc(27);
      payload.writeUInt8(message.enabled ? 1 : 0, 0);
      if (message.metadata) writeShorts(payload, 1, metadataNumbers(message.metadata));
      return { type: HDR, payload };
    }
    case 'termination': {
      const payload = Buffer.alloc(4);
      payload.writeUInt32BE(message.code, 0);
      return { type: TERMINATED, payload };
    }
  }
}

function metadataNumbers(metadata: HdrMetadata): number[] {
  return [
    ...metadata.primaries,
    ...metadata.whitePoint,
    metadata.maxLuminance,
    metadata.minLuminance,
    metadata.maxContentLight,
    metadata.maxFrameAverageLight,
    metadata.maxFullFrameLuminance,
  ];
}

function writeShorts(payload: Buffer, at: number, values: readonly number[]): void {
  values.forEach((value, index) => payload.writeUInt16LE(value, at + 2 * index));
}
