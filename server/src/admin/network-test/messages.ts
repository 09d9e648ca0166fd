/** What the host and the process of a browser's network test say to each other. */

/** How long the page measures: delay alone, then each direction. Milliseconds */
export const TEST_MS = 10_000;
/** One direction ends by itself after this, whatever the page wants. Milliseconds */
export const DIRECTION_MS = 5_000;
/** … and after so many bytes: four seconds at 4 Gbit/s. */
export const DIRECTION_BYTES = 2_000_000_000;
/** The whole test, with the time in which its connections are opened. Milliseconds */
export const WHOLE_MS = 16_000;

/** Where the page opens its two connections; a ticket and a role follow. */
export const SOCKET_PATH = '/api/v1/network/test/socket';

/** `load` carries as much as it can, `delay` a few bytes beside it. */
export const ROLES = ['load', 'delay'] as const;
export type Role = (typeof ROLES)[number];

/** Why a connection of the test is closed; the code of its close frame. */
export const CLOSE_CODES = { over: 1000, streaming: 4001, 'signed-out': 4002 } as const;
export type TestEnd = keyof typeof CLOSE_CODES;

/** Beside each `connection` travels its socket. */
export type ToTest =
  | {
      readonly type: 'begin';
      readonly ticket: string;
      readonly certificate: { readonly key: string; readonly cert: string };
    }
  | { readonly type: 'connection' }
  | { readonly type: 'end'; readonly why: TestEnd };

export type FromTest =
  | { readonly type: 'ready' }
  /** one of the two connections that the page has to open is there */
  | { readonly type: 'joined'; readonly role: Role };
