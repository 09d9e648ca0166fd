/** Where a session is on its way: each but `ended` is one that the admin may see. */
export const SESSION_STATES = [
  'launching',
  'handshake',
  'starting',
  'streaming',
  'paused',
  'ended',
] as const;

export type SessionState = (typeof SESSION_STATES)[number];
