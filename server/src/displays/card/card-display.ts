import { EventEmitter } from 'node:events';

import { NO_SOUND } from '../desktop-sound.ts';
import type {
  Display,
  DisplayEnvironment,
  DisplayEvents,
  DisplayInput,
  DisplaySource,
} from '../display.ts';
import { Cards } from './card-text.ts';

/** A still picture that says something, drawn by the host: silent, and nothing is captured. */
export class CardDisplay extends EventEmitter<DisplayEvents> implements Display {
  readonly sound = NO_SOUND;
  readonly away = undefined;
  readonly #cards = new Cards();
  #source: DisplaySource;

  constructor(heading: string, ...sentences: readonly string[]) {
    super();
    this.#source = this.#cards.saying(heading, ...sentences);
  }

  get source(): DisplaySource {
    return this.#source;
  }

  get input(): DisplayInput {
    return { kind: 'none' };
  }

  get environment(): DisplayEnvironment {
    return {};
  }

  /** It says something else from now on. */
  protected say(heading: string, ...sentences: readonly string[]): void {
    const source = this.#cards.saying(heading, ...sentences);
    if (JSON.stringify(source) === JSON.stringify(this.#source)) return;
    this.#source = source;
    this.emit('changed');
  }

  async refresh(): Promise<void> {}
  async close(): Promise<void> {}
}
