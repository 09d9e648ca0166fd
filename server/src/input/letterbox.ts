/** Sizes in pixels. */
export interface PictureShape {
  readonly width: number;
  readonly height: number;
  readonly sourceWidth: number;
  readonly sourceHeight: number;
}

/**
 * From a point of the streamed picture to one of the source in it: the source is centred with its aspect
 * kept, and what lies beside it is a bar (protocol 3 §3).
 *
 * @param x,y 0…1 of the picture, bars included
 * @returns 0…1 of the source, clamped
 */
export function removeLetterbox(shape: PictureShape, x: number, y: number): [number, number] {
  const { width, height, sourceWidth, sourceHeight } = shape;
  const scale = Math.min(width / sourceWidth, height / sourceHeight);
  return [
    withoutBars(x, (sourceWidth * scale) / width),
    withoutBars(y, (sourceHeight * scale) / height),
  ];
}

/** @param share of the picture's length that the source takes */
function withoutBars(position: number, share: number): number {
  return clamp((position - (1 - share) / 2) / share);
}

export function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
