import type { Context } from 'koa';
import type { z } from 'zod';

import type { Scope } from './scopes.ts';
import type { Token } from './tokens.ts';

/**
 * Who may call a route. Nothing is reached by default: a route without a class does not compile, and a test
 * compares the router with the table.
 *
 * - `open`: anybody on the local network
 * - `admin`: signed in, a program whose token has the route's scope, or the owner on the Unix socket
 * - `password`: signed in, and the body's `password` is right; neither the owner on the Unix socket nor a token needs it
 * - `owner`: the Unix socket only
 */
export type Access = 'open' | 'admin' | 'password' | 'owner';

/** Who asks, once the gate has let the request through. */
export type Caller =
  | { readonly kind: 'owner' }
  | { readonly kind: 'signed-in'; readonly session: string }
  | { readonly kind: 'token'; readonly token: Token }
  | { readonly kind: 'stranger' };

/** One request as a handler sees it: checked against the route's shapes. */
export interface Exchange<Params = unknown, Body = unknown, Query = unknown> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly caller: Caller;
  /** the peer's address; `unix` on the owner's socket */
  readonly address: string;
  /** its name, where it has signed in before; another who has its address is not it */
  readonly browser: string | undefined;
  /** for cookies, headers and streams; everything else goes through the values above */
  readonly context: Context;
}

/** Where every route of the API begins. */
export const API = '/api/v1';

/** What a route takes as its body besides JSON. */
export const PNG = 'image/png';
/** What a route answers alone. */
export const WEBP = 'image/webp';
/** JSON of a whole file, as text; its handler reads it. */
export const LONG_JSON = 'long-json';
/** What a route answers besides JSON. */
export const EVENTS = 'text/event-stream';
export const PAGES = 'pages';
/** A file whose name, type and bytes the handler sets. */
export const FILE = 'application/octet-stream';
/** What Prometheus reads, and where it looks for it. */
export const METRICS_PATH = '/metrics';
export const METRICS = 'text/plain; version=0.0.4; charset=utf-8';

export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** as @koa/router writes it */
  readonly path: string;
  readonly access: Access;
  /**
   * what a program's token needs for it; absent: `read` to look, `admin` to change; false: no token is enough
   */
  readonly scope?: Scope | false;
  /**
   * a proof of the password in the last minutes is enough; absent: it is asked for each time, as for all that weakens
   * the host's security
   */
  readonly proofLasts?: true;
  /** whether this body needs the password as `password` does, on a route where others do not */
  asksPassword?(body: unknown): boolean;
  /** one sentence for the OpenAPI document */
  readonly summary: string;
  readonly params?: z.ZodObject;
  /** what stands behind the `?`; absent: ignored */
  readonly query?: z.ZodObject;
  /** absent: a body is ignored */
  readonly body?: z.ZodType | typeof PNG | typeof LONG_JSON;
  /** absent: 204 without a body */
  readonly answer?:
    | z.ZodType
    | typeof PNG
    | typeof WEBP
    | typeof FILE
    | typeof EVENTS
    | typeof PAGES
    | typeof METRICS;
  /** status of a success; 200, or 204 without an answer */
  readonly status?: 201;
  handle(exchange: Exchange): unknown;
}

/** What a token needs for a route. */
export function scopeOf({ scope, method }: Route): Scope | false {
  return scope ?? (method === 'get' ? 'read' : 'admin');
}

/** Ties a route's handler to the types of its own shapes. */
export function route<
  P extends z.ZodObject | undefined = undefined,
  B extends Route['body'] = undefined,
  A extends Route['answer'] = undefined,
  Q extends z.ZodObject | undefined = undefined,
>(
  declaration: Omit<Route, 'params' | 'query' | 'body' | 'answer' | 'asksPassword' | 'handle'> & {
    asksPassword?(body: B extends z.ZodType ? z.output<B> : undefined): boolean;
    readonly params?: P;
    readonly query?: Q;
    readonly body?: B;
    readonly answer?: A;
    handle(
      exchange: Exchange<
        P extends z.ZodType ? z.output<P> : undefined,
        B extends z.ZodType
          ? z.output<B>
          : B extends typeof PNG
            ? Buffer
            : B extends typeof LONG_JSON
              ? string
              : undefined,
        Q extends z.ZodType ? z.output<Q> : undefined
      >,
    ): Answer<A> | Promise<Answer<A>>;
  },
): Route {
  return declaration as Route;
}

type Answer<A> = A extends z.ZodType
  ? z.input<A>
  : A extends typeof PNG | typeof WEBP
    ? Buffer
    : A extends typeof METRICS
      ? string
      : unknown;
