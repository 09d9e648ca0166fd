import type { Fingerprint } from '../devices/devices.ts';
import type { VideoConfig } from '../gamestream/stream-config.ts';
import type { EncoderWish, PictureOptions } from '../native/media-addon.ts';

/** Devices that are remembered; each takes a few hundred bytes. */
const MOST = 64;

type Mode = Pick<VideoConfig, 'width' | 'height' | 'rate'>;

interface Remembered {
  readonly mode: Mode;
  readonly wish: EncoderWish;
}

/**
 * What each device's last stream asked of its encoder. A launch names the mode and no more; the rest is nearly always as
 * it was, so an encoder can open beside the source, before ANNOUNCE tells.
 */
export class LikelyEncoders {
  readonly #last = new Map<Fingerprint, Remembered>();

  remember(device: Fingerprint, mode: Mode, wish: EncoderWish): void {
    this.#last.delete(device);
    this.#last.set(device, { mode, wish });
    const [oldest] = this.#last.keys();
    if (this.#last.size > MOST) this.#last.delete(oldest!);
  }

  /** @returns undefined: nothing is known of it in this mode */
  of(
    device: Fingerprint,
    mode: Pick<PictureOptions, 'width' | 'height' | 'rateNumerator' | 'rateDenominator'>,
  ): EncoderWish | undefined {
    const last = this.#last.get(device);
    const same =
      last?.mode.width === mode.width &&
      last.mode.height === mode.height &&
      last.mode.rate.numerator === mode.rateNumerator &&
      last.mode.rate.denominator === mode.rateDenominator;
    return same ? last.wish : undefined;
  }
}
