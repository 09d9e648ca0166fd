import type { Context } from 'koa';

import { LOGIN_LIFETIME_MS } from './login-sessions.ts';

/** A browser's name (known-browser.ts); 400 days are the longest that browsers keep a cookie. */
const BROWSER = '__Host-earthshine-browser';
const BROWSER_SECONDS = 400 * 24 * 3600;
/** `__Host-`: the browser takes it from this host alone, over TLS alone, for every path. */
const NAME = '__Host-earthshine';
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';

export function readSessionCookie(context: Context): string | undefined {
  return context.cookies.get(NAME);
}

export function setSessionCookie(context: Context, token: string): void {
  const seconds = LOGIN_LIFETIME_MS / 1000;
  context.append('Set-Cookie', `${NAME}=${token}; Max-Age=${seconds}; ${ATTRIBUTES}`);
}

export function clearSessionCookie(context: Context): void {
  context.append('Set-Cookie', `${NAME}=; Max-Age=0; ${ATTRIBUTES}`);
}

export function readBrowserCookie(context: Context): string | undefined {
  return context.cookies.get(BROWSER);
}

/** @param kept undefined: there is no password yet, and so no name */
export function setBrowserCookie(context: Context, kept: string | undefined): void {
  if (kept === undefined) return;
  context.append('Set-Cookie', `${BROWSER}=${kept}; Max-Age=${BROWSER_SECONDS}; ${ATTRIBUTES}`);
}
