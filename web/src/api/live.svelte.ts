import type { State } from './contract.ts';

/** A stream that was refused (too many pages, a sign-in that is over) is not asked for again before this. */
const REFUSED_PAUSE_MS = 2000;

/**
 * The host's state, kept current by its event stream: each event replaces one part, whole. The pages read it and
 * never ask again.
 */
class Live {
  state = $state.raw<State | undefined>();
  /** false while the stream is broken; the browser tries again by itself */
  connected = $state(false);
  #source: EventSource | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** @param onRefused the stream was refused: the sign-in may be over. It is closed then. */
  open(onRefused: () => void): void {
    this.#stop();
    const source = new EventSource('/api/v1/events');
    this.#source = source;
    source.onopen = () => (this.connected = true);
    source.onerror = () => {
      this.connected = false;
      if (source.readyState !== EventSource.CLOSED) return;
      this.#retry = setTimeout(onRefused, REFUSED_PAUSE_MS);
    };
    for (const part of ['state', 'status', 'sessions', 'devices', 'pairing', 'apps']) {
      source.addEventListener(part, (event: MessageEvent<string>) => {
        this.state = { ...this.state, ...(JSON.parse(event.data) as Partial<State>) } as State;
      });
    }
  }

  /** Ends the stream and forgets what it told: nobody is signed in. */
  close(): void {
    this.#stop();
    this.state = undefined;
  }

  #stop(): void {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = undefined;
    this.connected = false;
  }
}

export const live = new Live();
