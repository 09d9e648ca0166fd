import type { EncoderProbe, ViewerOptions } from '../native/media-addon.ts';

/** What the owner chose of it. */
export interface EncoderChoice {
  /** `EncoderProbe.name` of the encoder that is tried first; absent: the best one */
  readonly encoder?: string;
  /** the GPU, as a render node; absent: the first that works */
  readonly gpu?: string;
}

type Wish = Pick<ViewerOptions['video'], 'codec' | 'chroma' | 'bitDepth'>;

/** The names of the encoders that work here, in the order in which they are tried. */
export function encoderNames(
  found: readonly EncoderProbe[],
  { encoder }: EncoderChoice = {},
): readonly string[] {
  const working = found.filter(({ fault }) => fault === undefined).map(({ name }) => name);
  const names = [...new Set(working)];
  // An encoder that was chosen and does not work here is no reason to stream nothing.
  return names.sort((a, b) => Number(b === encoder) - Number(a === encoder));
}

/**
 * Which encoders one picture is tried with. One that crashes again and again is left out for as long as the picture
 * is open, as long as another can write what each of its viewers gets.
 */
export class EncoderOrder {
  readonly #found: () => readonly EncoderProbe[];
  readonly #choice: EncoderChoice;
  readonly #leftOut = new Set<string>();

  /** @param found what the last test found; empty while nothing is known */
  constructor(found: () => readonly EncoderProbe[], choice: EncoderChoice = {}) {
    this.#found = found;
    this.#choice = choice;
  }

  /** For the options of a viewer. */
  get options(): Pick<ViewerOptions['video'], 'encoders' | 'gpu'> {
    const names = this.#names();
    const { gpu } = this.#choice;
    // Where nothing is known yet, the media process finds out.
    return { ...(names.length > 0 && { encoders: names }), ...(gpu && { gpu }) };
  }

  /**
   * The encoder that is in use crashed too often.
   *
   * @param wishes of all who watch; each has to be served as before
   * @returns its name and the next one's; `undefined`: there is no other
   */
  leaveOutFirst(
    wishes: readonly Wish[],
  ): { readonly left: string; readonly next: string } | undefined {
    const serves = (name: string, wish: Wish): boolean =>
      this.#found().some(
        (probe) =>
          probe.name === name &&
          probe.codec === wish.codec &&
          probe.profiles.some(
            ({ chroma, bitDepth, fault }) =>
              fault === undefined && chroma === wish.chroma && bitDepth === wish.bitDepth,
          ),
      );
    const names = this.#names();
    const left = names.find((name) => wishes.some((wish) => serves(name, wish)));
    const others = names.filter((name) => name !== left);
    const next = others.find((name) => wishes.some((wish) => serves(name, wish)));
    const allServed = wishes.every((wish) => others.some((name) => serves(name, wish)));
    if (left === undefined || next === undefined || !allServed) return undefined;
    this.#leftOut.add(left);
    return { left, next };
  }

  #names(): readonly string[] {
    return encoderNames(this.#found(), this.#choice).filter((name) => !this.#leftOut.has(name));
  }
}
