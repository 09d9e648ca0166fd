import type { State } from './types.ts';

/**
 * The host's state, kept current by its event stream: each event replaces one part, whole. The pages read it and
 * never ask again.
 */
class Live {
  state = $state.raw<State | undefined>();
  /** false while the stream is broken; the browser tries again by itself */
  connected = $state(false);
  #source: EventSource | undefined;

  /** @param onEnded the stream was refused for good: the sign-in is over */
  open(onEnded: () => void): void {
    this.close();
    const source = new EventSource('/api/v1/events');
    this.#source = source;
    source.onopen = () => (this.connected = true);
    source.onerror = () => {
      this.connected = false;
      if (source.readyState === EventSource.CLOSED) onEnded();
    };
    for (const part of ['state', 'status', 'sessions', 'devices', 'pairing', 'apps']) {
      source.addEventListener(part, (event: MessageEvent<string>) => {
        this.state = { ...this.state, ...(JSON.parse(event.data) as Partial<State>) } as State;
      });
    }
  }

  close(): void {
    this.#source?.close();
    this.#source = undefined;
    this.connected = false;
  }
}

export const live = new Live();
