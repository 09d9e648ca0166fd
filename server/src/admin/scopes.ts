/** What a program's token may be good for, in the order in which pages list it. */
export const SCOPES = ['read', 'control', 'commands', 'admin'] as const;

/**
 * - `read`: looks at everything that pages show, and `/metrics`
 * - `control`: ends streams, records, changes pictures and order
 * - `commands`: adds and changes what apps run, without the password
 * - `admin`: all of these, and settings and devices; never the account itself
 */
export type Scope = (typeof SCOPES)[number];

/** Whether a token with these scopes reaches what wants that one. */
export function covers(scopes: readonly Scope[], wanted: Scope): boolean {
  return scopes.includes(wanted) || scopes.includes('admin');
}
