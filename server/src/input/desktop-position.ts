import type { InputTarget } from './input-target.ts';
import { clamp, removeLetterbox } from './letterbox.ts';

/**
 * From a point of the streamed picture to one of the desktop. Devices know all of the desktop and no part of
 * it, so a place on one monitor is a place on them all.
 *
 * @param x,y 0…1 of the picture, bars included
 * @returns 0…1 of the whole desktop: the middle of a pixel that the picture shows
 */
export function desktopPosition(target: InputTarget, x: number, y: number): [number, number] {
  const { width, height, source } = target;
  if (!source) return [clamp(x), clamp(y)];
  const shape = { width, height, sourceWidth: source.width, sourceHeight: source.height };
  const [sourceX, sourceY] = removeLetterbox(shape, x, y);
  return [
    alongDesktop(sourceX, source.x, source.width, source.desktopWidth),
    alongDesktop(sourceY, source.y, source.height, source.desktopHeight),
  ];
}

/** From the source's first pixel to its last one, so that an edge is not the next monitor's. */
function alongDesktop(position: number, origin: number, length: number, whole: number): number {
  return clamp((origin + position * Math.max(length - 1, 0) + 0.5) / whole);
}
