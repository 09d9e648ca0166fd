import type { SourceArea } from '../native/media-addon.ts';

/** An output's place on its desktop, in the desktop's logical pixels. */
export interface PlacedOutput {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The output that the owner chose, else the desktop's own first one.
 *
 * @param preferred name of the desktop's primary or focused output, where it has one
 * @throws Error with a sentence
 */
export function chosenOutput<T extends PlacedOutput>(
  outputs: readonly T[],
  wanted: string | undefined,
  preferred?: string,
): T {
  const called = (name: string | undefined): T | undefined =>
    outputs.find((output) => output.name === name);
  const chosen = wanted === undefined ? (called(preferred) ?? outputs[0]) : called(wanted);
  if (chosen) return chosen;
  if (outputs.length === 0) {
    throw new Error('No monitor of the desktop is on. Switch one on, or wake it.');
  }
  const names = outputs.map(({ name }) => name).join(', ');
  throw new Error(`The desktop has no monitor called ${wanted}. It has: ${names}.`);
}

/** Where an output lies, for input: in units of the desktop's own, whatever its scale. */
export function areaOf(output: PlacedOutput, all: readonly PlacedOutput[]): SourceArea {
  const left = Math.min(...all.map(({ x }) => x));
  const top = Math.min(...all.map(({ y }) => y));
  return {
    x: output.x - left,
    y: output.y - top,
    width: output.width,
    height: output.height,
    desktopWidth: Math.max(...all.map(({ x, width }) => x + width)) - left,
    desktopHeight: Math.max(...all.map(({ y, height }) => y + height)) - top,
  };
}
