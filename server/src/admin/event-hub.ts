import type { Context } from 'koa';
import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';

import { ApiError } from './api-error.ts';
import type { LoginSessions } from './login-sessions.ts';
import type { Tokens } from './tokens.ts';
import type { Caller } from './route.ts';
import type { StateJson } from './resources/host-shapes.ts';

/** What an event stream watches: how to be told, and what to send. */
export interface EventSources {
  readonly state: () => StateJson;
  readonly logins: LoginSessions;
  readonly tokens: Tokens;
  /** calls back when a part may have changed; returns how to stop */
  readonly watch: (changed: () => void) => () => void;
}

type Part = keyof StateJson;
const PARTS: readonly Part[] = ['status', 'sessions', 'devices', 'pairing', 'apps'];

/** Changes that come together are sent together. */
const COLLECT_MS = 100;
/** Figures of running sessions change without an event; everything is looked at this often. */
const LOOK_MS = 1000;
const HEARTBEAT_MS = 15_000;
const MAX_STREAMS = 16;
/** Who was the last to leave and comes back so soon, milliseconds, hears what changed instead of everything. */
const LINGER_MS = 30_000;
/** A reader that is so far behind has gone to sleep. */
const MAX_BEHIND_BYTES = 1_000_000;

interface Subscriber {
  readonly stream: PassThrough;
  readonly caller: Caller;
}

/**
 * The admin's event streams. All of them are served from one comparison: a part is written as JSON once, and sent
 * when it differs from what was sent last.
 */
export class EventHub {
  readonly #sources: EventSources;
  readonly #subscribers = new Set<Subscriber>();
  /** what was sent of each part last, and its number */
  readonly #sent = new Map<Part, { readonly data: string; readonly number: number }>();
  /** begins anew with each stretch in which every change was seen: numbers of another one say nothing */
  #stretch = '';
  #number = 0;
  #lingering: NodeJS.Timeout | undefined;
  readonly #onLoginEnded = (id: string) =>
    this.#endWhere((caller) => caller.kind === 'signed-in' && caller.session === id);
  readonly #onTokenEnded = (id: string) =>
    this.#endWhere((caller) => caller.kind === 'token' && caller.token.id === id);
  #timers: NodeJS.Timeout[] = [];
  #collecting: NodeJS.Timeout | undefined;
  #unwatch: (() => void) | undefined;
  #closed = false;

  constructor(sources: EventSources) {
    this.#sources = sources;
    sources.logins.on('ended', this.#onLoginEnded);
    sources.tokens.on('ended', this.#onTokenEnded);
  }

  /** Turns the request into an event stream that begins with the whole state. */
  subscribe(context: Context, caller: Caller): void {
    if (this.#closed || this.#subscribers.size >= MAX_STREAMS) {
      throw new ApiError('busy', 'Too many pages of the admin are open. Close one.', {
        retryAfter: 10,
      });
    }
    const stream = new PassThrough();
    const subscriber = { stream, caller };
    stream.on('error', () => undefined);
    stream.on('close', () => this.#remove(subscriber));
    context.type = 'text/event-stream';
    context.set('Cache-Control', 'no-store');
    // nginx would keep the events until it has a buffer full.
    context.set('X-Accel-Buffering', 'no');
    context.body = stream;
    this.#subscribers.add(subscriber);
    if (this.#subscribers.size === 1) this.#start();
    const seen = this.#seenBy(context.get('last-event-id'));
    if (seen === undefined) {
      // What the others have not seen yet comes to all of them, also to this one once more.
      const data = JSON.stringify(this.#sources.state());
      send(stream, { id: this.#id(this.#number), event: 'state', data });
    } else this.#replay(stream, seen);
  }

  /** Ends every stream. May be called twice. */
  close(): void {
    this.#closed = true;
    this.#sources.logins.off('ended', this.#onLoginEnded);
    this.#sources.tokens.off('ended', this.#onTokenEnded);
    this.#endWhere(() => true);
    this.#stop();
  }

  #id(number: number): string {
    return `${this.#stretch}-${number}`;
  }

  /** @returns the number of what a reader saw last; undefined where that says nothing any more */
  #seenBy(id: string): number | undefined {
    const [stretch, number] = id.split('-');
    if (stretch !== this.#stretch || number === undefined || !/^\d{1,15}$/.test(number))
      return undefined;
    return Number(number) <= this.#number ? Number(number) : undefined;
  }

  /** Each event has its part whole, so the last one of each makes up for all that were missed. */
  #replay(stream: PassThrough, seen: number): void {
    const missed = [...this.#sent].filter(([, { number }]) => number > seen);
    for (const [event, { data, number }] of missed.toSorted(
      ([, a], [, b]) => a.number - b.number,
    )) {
      send(stream, { id: this.#id(number), event, data });
    }
    // Nothing to tell is told too: the stream is open.
    if (missed.length === 0) stream.write(':\n\n');
  }

  #start(): void {
    clearTimeout(this.#lingering);
    // Somebody was here a moment ago, and nothing was missed since.
    if (this.#unwatch) return;
    this.#stretch = randomBytes(6).toString('hex');
    this.#number = 0;
    this.#remember();
    this.#unwatch = this.#sources.watch(() => this.#collect());
    this.#timers = [
      setInterval(() => this.#look(), LOOK_MS),
      setInterval(() => this.#beat(), HEARTBEAT_MS),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  #stop(): void {
    clearTimeout(this.#lingering);
    this.#unwatch?.();
    this.#unwatch = undefined;
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    clearTimeout(this.#collecting);
    this.#collecting = undefined;
    this.#sent.clear();
  }

  #collect(): void {
    this.#collecting ??= setTimeout(() => {
      this.#collecting = undefined;
      this.#look();
    }, COLLECT_MS);
  }

  #remember(): void {
    const state = this.#sources.state();
    for (const part of PARTS) {
      this.#sent.set(part, { data: JSON.stringify({ [part]: state[part] }), number: 0 });
    }
  }

  #look(): void {
    const state = this.#sources.state();
    for (const part of PARTS) {
      const data = JSON.stringify({ [part]: state[part] });
      if (this.#sent.get(part)?.data === data) continue;
      this.#number += 1;
      this.#sent.set(part, { data, number: this.#number });
      const id = this.#id(this.#number);
      for (const { stream } of this.#subscribers) send(stream, { id, event: part, data });
    }
  }

  #beat(): void {
    this.#endWhere(
      (caller) => caller.kind === 'signed-in' && !this.#sources.logins.lasts(caller.session),
    );
    for (const { stream } of this.#subscribers) stream.write(':\n\n');
  }

  #endWhere(matches: (caller: Caller) => boolean): void {
    for (const { stream, caller } of [...this.#subscribers]) {
      if (matches(caller)) stream.end();
    }
  }

  #remove(subscriber: Subscriber): void {
    if (!this.#subscribers.delete(subscriber) || this.#subscribers.size > 0) return;
    if (this.#closed) return this.#stop();
    clearTimeout(this.#lingering);
    this.#lingering = setTimeout(() => this.#stop(), LINGER_MS);
    this.#lingering.unref();
  }
}

function send(
  stream: PassThrough,
  { id, event, data }: { readonly id: string; readonly event: string; readonly data: string },
): void {
  if (stream.writableLength > MAX_BEHIND_BYTES) stream.destroy();
  // JSON holds no line ends, so one data line carries it.
  else if (stream.writable) stream.write(`id: ${id}\nevent: ${event}\ndata: ${data}\n\n`);
}
