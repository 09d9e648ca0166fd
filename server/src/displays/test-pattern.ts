import { EventEmitter } from 'node:events';

import { NO_SOUND } from './desktop-sound.ts';
import type { Display, DisplayEvents, DisplayProvider } from './display.ts';

/** Always there, silent, and not this machine's screen: input of who watches it goes nowhere. */
export class TestPatternProvider implements DisplayProvider {
  readonly name = 'test-pattern';
  readonly title = 'Test pattern';
  readonly kinds = ['test-pattern'] as const;

  async probe() {
    return { works: true, input: [] };
  }

  environment() {
    return {};
  }

  async open(): Promise<Display> {
    return new TestPatternDisplay();
  }
}

class TestPatternDisplay extends EventEmitter<DisplayEvents> implements Display {
  readonly source = { kind: 'test-pattern' } as const;
  readonly input = { kind: 'none' } as const;
  readonly sound = NO_SOUND;
  readonly environment = {};
  readonly away = undefined;

  async refresh(): Promise<void> {}
  async close(): Promise<void> {}
}
