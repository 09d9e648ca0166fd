import { Router } from '@koa/router';
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';

import Koa from 'koa';
import type { Context, Middleware, Next } from 'koa';
import type { Logger } from 'pino';

import { AppConflict } from '../apps/app-directory.ts';
import { InvalidArt } from '../apps/art/png.ts';
import { DamagedRecording } from '../captures/recording.ts';
import { NoRoomForRecording } from '../captures/recordings.ts';
import { normalizeAddress } from '../network/address.ts';
import { mayConnect } from '../network/nearby.ts';
import { NotStored } from '../store/not-stored.ts';
import type { Account } from './account.ts';
import { ApiError } from './api-error.ts';
import { compressAnswers } from './compression.ts';
import { forwardedFor } from './forwarded-for.ts';
import type { LoginSessions } from './login-sessions.ts';
import { checkShape, readBody } from './request-body.ts';
import { isOwnHost, isSameOrigin } from './request-origin.ts';
import { EVENTS, FILE, METRICS, METRICS_PATH, PAGES, PNG, scopeOf, WEBP } from './route.ts';
import type { Caller, Route } from './route.ts';
import { covers } from './scopes.ts';
import { readBrowserCookie, readSessionCookie } from './session-cookie.ts';
import type { Tokens } from './tokens.ts';

export interface ApplicationOptions {
  readonly log: Logger;
  readonly routes: readonly Route[];
  readonly account: Account;
  readonly logins: LoginSessions;
  readonly tokens: Tokens;
  /** the request came over the owner's Unix socket */
  readonly isOwner: (context: Context) => boolean;
  /** names and addresses by which this machine may be asked for */
  readonly ownHosts: () => Iterable<string>;
  readonly allowPublic: () => boolean;
  /** numeric addresses of proxies that say whom they speak for */
  readonly proxies: () => readonly string[];
  /** somebody who is signed in speaks on this connection, from this address */
  readonly onSignedIn: (socket: Socket, address: string) => void;
  /** milliseconds in which a JSON body has to be complete */
  readonly bodyLimit: number;
}

/** What a browser may do with the pages: load their own files, and nothing else; no frame, no inline script. */
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // Components place their pop-ups with style attributes; a style cannot run anything.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
};

const SAFE_METHODS = ['GET', 'HEAD'];

/** The whole admin behind both its doors. Every request passes the same gates, in this order. */
export function adminApplication(options: ApplicationOptions): { app: Koa; router: Router } {
  const app = new Koa({ proxy: false });
  const router = adminRouter(options);
  app.silent = true;
  app.on('error', (error: Error) => {
    // A client that goes away in the middle of an answer is no fault of the host.
    options.log.debug({ code: 'admin-connection', err: error }, 'A connection to the admin broke.');
  });
  app.use(compressAnswers(options.isOwner));
  app.use(answerErrors(options.log));
  app.use(checkSource(options));
  app.use(router.routes());
  app.use((context) => refuse(context, router));
  return { app, router };
}

function adminRouter(options: ApplicationOptions): Router {
  const router = new Router();
  for (const route of options.routes) {
    router[route.method](route.path, async (context: Context) => {
      // The pages' path takes in everything; what is under /api/ and got so far is not served.
      if (route.answer === PAGES && context.path.startsWith('/api/'))
        return refuse(context, router);
      await serve(context, route, options);
    });
  }
  return router;
}

async function serve(context: Context, route: Route, options: ApplicationOptions): Promise<void> {
  const caller = identify(context, options);
  const address = caller.kind === 'owner' ? 'unix' : addressOf(context, options);
  if (caller.kind !== 'stranger' && caller.kind !== 'owner')
    options.onSignedIn(context.req.socket, address);
  const browser = options.account.browserOf(readBrowserCookie(context));
  admit(route, caller, context, options.account);
  const params = route.params && checkShape(route.params, context['params']);
  const query = route.query && checkShape(route.query, { ...context.query });
  const read = await readBody(context, route, options.bodyLimit);
  const body = typeof route.body === 'object' ? checkShape(route.body, read) : read;
  const asked = route.access === 'password' || route.asksPassword?.(body) === true;
  if (asked && caller.kind === 'signed-in') {
    const { password } = body as { password?: string };
    if (password !== undefined) {
      await options.account.check(password, { address, browser });
      options.logins.proved(caller.session);
    } else if (!route.proofLasts || options.logins.provedUntil(caller.session) === undefined) {
      throw new ApiError('password-required', 'This change needs the password again.');
    }
  }
  if (route.answer !== PAGES) context.set('Cache-Control', 'no-store');
  const answer = await route.handle({ params, query, body, caller, address, browser, context });
  switch (route.answer) {
    case undefined:
      context.status = 204;
      return;
    case EVENTS:
    case FILE:
    case PAGES:
      return;
    case PNG:
    case WEBP:
      context.type = route.answer;
      // The address changes with the picture, so a browser may keep it.
      context.set('Cache-Control', 'private, max-age=86400');
      break;
    case METRICS:
      context.type = METRICS;
      break;
    default:
      context.type = 'application/json';
  }
  context.status = route.status ?? 200;
  context.body = answer;
}

/** The gate: lets a caller through to a route of this class, or says what is missing. */
function admit(route: Route, caller: Caller, context: Context, account: Account): void {
  if (route.access === 'open' || caller.kind === 'owner') return;
  if (route.access === 'owner') {
    throw new ApiError('owner-only', 'This works only with earthshine ctl on the machine itself.');
  }
  if (caller.kind === 'signed-in') return;
  if (caller.kind === 'token') {
    const scope = scopeOf(route);
    if (scope !== false && covers(caller.token.scopes, scope)) return;
    throw scope === false
      ? new ApiError('scope-missing', 'No token is enough for this. Sign in with the password.')
      : new ApiError('scope-missing', `The token lacks the scope "${scope}".`, {
          reason: 'named',
          parameters: { scope },
        });
  }
  if (bearerOf(context) !== undefined) {
    context.set('WWW-Authenticate', 'Bearer error="invalid_token"');
    throw new ApiError('wrong-token', 'There is no such token. It may have been removed.');
  }
  throw account.isSetUp
    ? new ApiError('not-signed-in', 'Sign in first.')
    : new ApiError(
        'not-set-up',
        'No password is set yet. Set one with the secret that the host prints.',
      );
}

function identify(context: Context, { isOwner, logins, tokens }: ApplicationOptions): Caller {
  if (isOwner(context)) return { kind: 'owner' };
  // Who names a token is that program, whatever cookies it sends beside it.
  const secret = bearerOf(context);
  if (secret !== undefined) {
    const found = tokens.find(secret);
    return found ? { kind: 'token', token: found } : { kind: 'stranger' };
  }
  const token = readSessionCookie(context);
  const session = token === undefined ? undefined : logins.find(token);
  return session === undefined ? { kind: 'stranger' } : { kind: 'signed-in', session };
}

/** @returns undefined when the request names no token at all */
function bearerOf(context: Context): string | undefined {
  return /^Bearer +(\S{1,256})$/i.exec(context.get('authorization'))?.[1];
}

/** Who asks: the peer, or whom a proxy that the owner named speaks for. Normalized. */
function addressOf(context: Context, { proxies }: ApplicationOptions): string {
  const peer = normalizeAddress(context.req.socket.remoteAddress);
  return forwardedFor(peer, context.get('x-forwarded-for'), proxies());
}

/** The headers with the host that the browser asked for, which a proxy may pass beside its own. */
function asAsked(context: Context, { proxies }: ApplicationOptions): IncomingHttpHeaders {
  const { headers, socket } = context.req;
  const host = context.get('x-forwarded-host').split(',').at(-1)?.trim();
  const isProxy = proxies().includes(normalizeAddress(socket.remoteAddress));
  return isProxy && host ? { ...headers, host } : headers;
}

function checkSource(options: ApplicationOptions): Middleware {
  return async (context: Context, next: Next) => {
    const safe = SAFE_METHODS.includes(context.method);
    const hasCookie = context.get('cookie') !== '';
    if (options.isOwner(context)) {
      // No browser comes this way; whatever speaks like one was tricked into it.
      if (!safe && (context.get('origin') || context.get('sec-fetch-site'))) throw foreignOrigin();
      return next();
    }
    if (!mayConnect(addressOf(context, options), options.allowPublic())) {
      throw new ApiError(
        'public-address',
        'The admin answers only devices of the local network. Start the host with --allow-public to change that.',
      );
    }
    const headers = asAsked(context, options);
    if (!isOwnHost(headers.host, options.ownHosts())) {
      throw new ApiError(
        'unknown-host',
        'This machine does not know itself by that name. Use its address or its name on the local network, or start ' +
          'the host with --admin-host and that name.',
      );
    }
    if (!safe && !isSameOrigin(headers, hasCookie)) throw foreignOrigin();
    return next();
  };
}

function answerErrors(log: Logger): Middleware {
  return async (context: Context, next: Next) => {
    context.set(HEADERS);
    const path = pathOf(context);
    try {
      if (path === undefined) throw new ApiError('invalid-request', 'The address is no address.');
      await next();
    } catch (error) {
      const known = asApiError(error);
      if (known.code === 'internal') {
        log.error({ code: 'admin-failed', path, err: error }, 'A request to the admin failed.');
      }
      context.set('Cache-Control', 'no-store');
      const { retryAfter } = known.details;
      if (retryAfter !== undefined) context.set('Retry-After', String(retryAfter));
      // What is left of a body that was not read is not worth reading.
      if (!context.req.complete) context.set('Connection', 'close');
      context.status = known.status;
      if (path === undefined || isForPrograms(path) || context.method !== 'GET') {
        context.body = known.body();
      } else {
        context.type = 'text/plain; charset=utf-8';
        context.body = `${known.message}\n`;
      }
    }
  };
}

/** Others are for people, who get a sentence. */
function isForPrograms(path: string): boolean {
  return path.startsWith('/api/') || path === METRICS_PATH;
}

/** @returns undefined for a target that is no URL; Koa throws then, at every look */
function pathOf(context: Context): string | undefined {
  try {
    return context.path;
  } catch {
    return undefined;
  }
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof InvalidArt) return new ApiError('invalid-art', error.message);
  if (error instanceof DamagedRecording) return new ApiError('invalid-recording', error.message);
  if (error instanceof NoRoomForRecording) return new ApiError('not-stored', error.message);
  if (error instanceof NotStored) return new ApiError('not-stored', error.message);
  if (error instanceof AppConflict) return new ApiError('conflict', error.message);
  // The app or device was removed between the look and the change.
  if (error instanceof RangeError) return new ApiError('not-found', error.message);
  const status = (error as { status?: unknown } | null)?.status;
  if (status === 404) return new ApiError('not-found', 'There is no such page.');
  if (status === 400) return new ApiError('invalid-request', 'The request cannot be understood.');
  return new ApiError('internal', 'The host could not do that. Its log says why.');
}

/** Neither a route nor a page: the path is unknown, or the method is not one of the path's. */
function refuse(context: Context, router: Router): never {
  const methods = router.stack
    .filter((layer) => String(layer.path).startsWith('/api/') === context.path.startsWith('/api/'))
    .filter((layer) => layer.match(context.path))
    .flatMap((layer) => layer.methods);
  if (methods.length === 0) throw new ApiError('not-found', 'There is no such page.');
  context.set('Allow', [...new Set(methods)].join(', '));
  throw new ApiError('method-not-allowed', `${context.method} does not work here.`);
}

function foreignOrigin(): ApiError {
  return new ApiError(
    'foreign-origin',
    'The request did not come from the admin’s own pages. Open the admin and try again.',
  );
}
