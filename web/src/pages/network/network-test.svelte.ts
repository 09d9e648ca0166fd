import { network } from '../../api/network.ts';
import { t } from '../../i18n/i18n.svelte.ts';
import { delayOf, throughputOf } from './figures.ts';
import type { Arrived, TestFigures } from './figures.ts';

/** What is measured now. */
export type Phase = 'idle' | 'down' | 'up';

/** Shares of the time that the host gives. */
const SHARES: Readonly<Record<Phase, number>> = { idle: 0.16, down: 0.42, up: 0.42 };
/** between two bytes that go there and back, milliseconds */
const ECHO_MS = 50;
/** Of what is sent in one message. */
const PART_BYTES = 64 * 1024;
/** What may wait in the browser: enough for a fast way, little enough that the end is near the last byte. */
const AHEAD_BYTES = 1024 * 1024;
/** milliseconds in which a connection has to open */
const OPEN_LIMIT_MS = 5_000;

const ENDS: Readonly<Record<number, 'network.ended.streaming' | 'network.ended.signedOut'>> = {
  4001: 'network.ended.streaming',
  4002: 'network.ended.signedOut',
};

/** One test of the network between this browser and the host. */
export class NetworkTest {
  phase = $state<Phase>();
  /** 0…1 */
  progress = $state(0);
  figures = $state.raw<TestFigures>({});
  readonly #sockets: WebSocket[] = [];
  #roundTrips: number[] = [];
  #stopped: ((why: Error) => void) | undefined;
  #broken: Promise<never> | undefined;

  /** @throws with a sentence when it did not come to its end */
  async run(): Promise<void> {
    const { ticket, milliseconds } = await network.beginTest();
    this.#broken = new Promise<never>((_, reject) => (this.#stopped = reject));
    this.#broken.catch(() => undefined);
    const began = performance.now();
    const showing = setInterval(
      () => (this.progress = Math.min(1, (performance.now() - began) / milliseconds)),
      100,
    );
    try {
      await this.#measure(ticket, milliseconds);
    } finally {
      clearInterval(showing);
      this.phase = undefined;
      this.#stopped = undefined;
      for (const socket of this.#sockets.splice(0)) socket.close();
    }
  }

  /** May be called at any time. */
  stop(): void {
    this.#stopped?.(new Error(t('network.ended.stopped')));
  }

  async #measure(ticket: string, milliseconds: number): Promise<void> {
    const load = await this.#open(ticket, 'load');
    const delay = await this.#open(ticket, 'delay');
    delay.onmessage = ({ data }) => this.#roundTrips.push(performance.now() - Number(data));
    const echo = setInterval(() => say(delay, String(performance.now()).slice(0, 20)), ECHO_MS);
    try {
      await this.#during('idle', milliseconds, () => undefined);
      this.figures = { ...this.figures, idle: this.#takeDelay() };
      const down = await this.#during('down', milliseconds, () => receive(load));
      this.figures = { ...this.figures, down: throughputOf(down), downDelay: this.#takeDelay() };
      const up = await this.#during('up', milliseconds, () => send(load));
      this.figures = { ...this.figures, up: throughputOf(up), upDelay: this.#takeDelay() };
    } finally {
      clearInterval(echo);
    }
  }

  /** @param begin what it does; its end gives what it saw */
  async #during<T>(
    phase: Phase,
    milliseconds: number,
    begin: () => (() => T) | undefined,
  ): Promise<T> {
    this.phase = phase;
    this.#roundTrips = [];
    const end = begin();
    let seen: T | undefined;
    try {
      await this.#unlessBroken(wait(milliseconds * SHARES[phase]));
    } finally {
      seen = end?.();
    }
    return seen as T;
  }

  #unlessBroken<T>(work: Promise<T>): Promise<T> {
    return this.#broken ? Promise.race([work, this.#broken]) : work;
  }

  #takeDelay() {
    return delayOf(this.#roundTrips);
  }

  #open(ticket: string, role: 'load' | 'delay'): Promise<WebSocket> {
    const path = `/api/v1/network/test/socket?ticket=${ticket}&role=${role}`;
    const socket = new WebSocket(`wss://${window.location.host}${path}`);
    socket.binaryType = 'arraybuffer';
    this.#sockets.push(socket);
    const opened = new Promise<WebSocket>((resolve, reject) => {
      const fail = () => reject(new Error(t('network.ended.noConnection')));
      const timer = setTimeout(fail, OPEN_LIMIT_MS);
      socket.onopen = () => {
        clearTimeout(timer);
        resolve(socket);
      };
      socket.onclose = ({ code }) => {
        clearTimeout(timer);
        fail();
        this.#stopped?.(new Error(t(ENDS[code] ?? 'network.ended.broken')));
      };
    });
    return this.#unlessBroken(opened);
  }
}

/** @returns ends it, with what has arrived */
function receive(load: WebSocket): () => Arrived[] {
  let bytes = 0;
  const arrived: Arrived[] = [{ at: performance.now(), bytes }];
  load.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
    if (typeof data === 'string') return;
    bytes += data.byteLength;
    arrived.push({ at: performance.now(), bytes });
  };
  say(load, 'down');
  return () => {
    say(load, 'stop');
    return arrived;
  };
}

/** @returns ends it, with what has arrived at the host, by its clock */
function send(load: WebSocket): () => Arrived[] {
  const part = crypto.getRandomValues(new Uint8Array(PART_BYTES));
  const arrived: Arrived[] = [{ at: 0, bytes: 0 }];
  load.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
    // What is left of the other direction.
    if (typeof data !== 'string' || !data.startsWith('{')) return;
    const { received, at } = JSON.parse(data) as { received: number; at: number };
    arrived.push({ at, bytes: received });
  };
  say(load, 'up');
  const fill = () => {
    while (load.readyState === WebSocket.OPEN && load.bufferedAmount < AHEAD_BYTES) load.send(part);
  };
  const filling = setInterval(fill, 2);
  fill();
  return () => {
    clearInterval(filling);
    return arrived;
  };
}

/** One that is closing says so on the console for every word. */
function say(socket: WebSocket, text: string): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(text);
}

const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
