import { EventEmitter } from 'node:events';

import { NO_SOUND } from './desktop-sound.ts';
import type { HdrMetadata } from '../native/hdr-metadata.ts';
import type { Display, DisplayEvents, DisplayProvider } from './display.ts';

/**
 * As the pattern is drawn in HDR (native/src/capture/pattern_colors.h): colours to the edge of Rec. 2020 at the white
 * of paper, greys up to 1000 nit.
 */
const PATTERN_LIGHT: HdrMetadata = {
  primaries: [35_400, 14_600, 8500, 39_850, 6550, 2300],
  whitePoint: [15_635, 16_450],
  maxLuminance: 1000,
  minLuminance: 1,
  maxContentLight: 1000,
  maxFrameAverageLight: 300,
  maxFullFrameLuminance: 400,
};

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
  readonly hdr = PATTERN_LIGHT;
  readonly input = { kind: 'none' } as const;
  readonly sound = NO_SOUND;
  readonly environment = {};
  readonly away = undefined;

  async refresh(): Promise<void> {}
  async close(): Promise<void> {}
}
