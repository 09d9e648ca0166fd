/** What a host tells its client (protocol 2 §B.5). */
export type HostMessage =
  | {
      readonly kind: 'rumble';
      readonly controller: number;
      readonly lowFrequency: number;
      readonly highFrequency: number;
    }
  | {
      readonly kind: 'rumble-triggers';
      readonly controller: number;
      readonly left: number;
      readonly right: number;
    }
  | {
      readonly kind: 'motion';
      readonly controller: number;
      /** Hz, 0 off */
      readonly rate: number;
      /** 1 accelerometer, 2 gyroscope */
      readonly sensor: number;
    }
  | { readonly kind: 'led'; readonly controller: number; readonly rgb: readonly number[] }
  | { readonly kind: 'adaptive-triggers'; readonly controller: number; readonly effect: Buffer }
  | { readonly kind: 'hdr'; readonly enabled: boolean; readonly metadata: Buffer }
  | { readonly kind: 'termination'; readonly code: number }
  | { readonly kind: 'unknown'; readonly type: number };

/** The host ended the stream as it should (protocol 2 §B.5). */
export const GRACEFUL = 0x80030023;

/** @returns the message, or a sentence when it is too short */
export function readHostMessage(type: number, payload: Buffer): HostMessage | string {
  const reader = READERS.get(type);
  if (!reader) return { kind: 'unknown', type };
  if (payload.length < reader.length) {
    return `control message 0x${type.toString(16)} has ${payload.length} bytes, needed are ${reader.length}`;
  }
  return reader.read(payload);
}

const READERS = new Map<number, { length: number; read: (payload: Buffer) => HostMessage }>([
  [
    0x010b,
    {
      length: 10,
      read: (p) => ({
        kind: 'rumble',
        controller: p.readUInt16LE(4),
        lowFrequency: p.readUInt16LE(6),
        highFrequency: p.readUInt16LE(8),
      }),
    },
  ],
  [
    0x5500,
    {
      length: 6,
      read: (p) => ({
        kind: 'rumble-triggers',
        controller: p.readUInt16LE(0),
        left: p.readUInt16LE(2),
        right: p.readUInt16LE(4),
      }),
    },
  ],
  [
    0x5501,
    {
      length: 5,
      read: (p) => ({
        kind: 'motion',
        controller: p.readUInt16LE(0),
        rate: p.readUInt16LE(2),
        sensor: p[4]!,
      }),
    },
  ],
  [
    0x5502,
    {
      length: 5,
      read: (p) => ({ kind: 'led', controller: p.readUInt16LE(0), rgb: [...p.subarray(2, 5)] }),
    },
  ],
  [
    0x5503,
    {
      length: 25,
      read: (p) => ({
        kind: 'adaptive-triggers',
        controller: p.readUInt16LE(0),
        effect: p.subarray(2),
      }),
    },
  ],
  // 26 bytes of metadata follow the flag.
  [
    0x010e,
    { length: 27, read: (p) => ({ kind: 'hdr', enabled: p[0] === 1, metadata: p.subarray(1) }) },
  ],
  [0x0109, { length: 4, read: (p) => ({ kind: 'termination', code: p.readUInt32BE(0) }) }],
]);
