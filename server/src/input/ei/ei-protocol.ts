/** Interfaces of libei's proto/protocol.xml, as far as a sender uses them: opcodes by name, requests and events. */

export const HANDSHAKE_OBJECT = 0n;

/** Our numbers; the server's begin at 0xff00000000000000. */
export const FIRST_OBJECT = 1n;

export const SENDER = 2;

export const HANDSHAKE = {
  requests: { handshakeVersion: 0, finish: 1, contextType: 2, name: 3, interfaceVersion: 4 },
  events: { handshakeVersion: 0, interfaceVersion: 1, connection: 2 },
} as const;

export const CONNECTION = {
  requests: { sync: 0, disconnect: 1 },
  events: { disconnected: 0, seat: 1, invalidObject: 2, ping: 3 },
} as const;

export const PINGPONG = { requests: { done: 0 } } as const;

export const SEAT = {
  requests: { release: 0, bind: 1 },
  events: { destroyed: 0, name: 1, capability: 2, done: 3, device: 4 },
} as const;

export const DEVICE = {
  requests: { release: 0, startEmulating: 1, stopEmulating: 2, frame: 3, ready: 4 },
  events: {
    destroyed: 0,
    name: 1,
    deviceType: 2,
    dimensions: 3,
    region: 4,
    interface: 5,
    done: 6,
    resumed: 7,
    paused: 8,
    startEmulating: 9,
    stopEmulating: 10,
    frame: 11,
    regionMappingId: 12,
  },
} as const;

export const POINTER = { requests: { release: 0, motionRelative: 1 } } as const;
export const POINTER_ABSOLUTE = { requests: { release: 0, motionAbsolute: 1 } } as const;
export const SCROLL = {
  requests: { release: 0, scroll: 1, scrollDiscrete: 2, scrollStop: 3 },
} as const;
export const BUTTON = { requests: { release: 0, button: 1 } } as const;
export const KEYBOARD = {
  requests: { release: 0, key: 1 },
  events: { destroyed: 0, keymap: 1, key: 2, modifiers: 3 },
} as const;
export const TOUCHSCREEN = { requests: { release: 0, down: 1, motion: 2, up: 3 } } as const;

/** The newest version of each interface that is spoken here; the server's own may be older. */
export const VERSIONS: Readonly<Record<string, number>> = {
  ei_connection: 1,
  ei_callback: 1,
  ei_pingpong: 1,
  ei_seat: 1,
  ei_device: 2,
  ei_pointer: 1,
  ei_pointer_absolute: 1,
  ei_scroll: 1,
  ei_button: 1,
  ei_keyboard: 1,
  ei_touchscreen: 1,
};

/** What a device may have, by the name of the interface. */
export const CAPABILITIES = [
  'ei_pointer',
  'ei_pointer_absolute',
  'ei_scroll',
  'ei_button',
  'ei_keyboard',
  'ei_touchscreen',
] as const;
export type EiCapability = (typeof CAPABILITIES)[number];
