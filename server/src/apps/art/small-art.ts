import type { SharpConstructor } from 'sharp';

/** Sharp on a phone's card, and some ten kilobytes: a page of 200 apps takes two or three megabytes. */
const WIDTH = 300;
const HEIGHT = 400;
const QUALITY = 78;

/**
 * The picture for the admin's lists; clients get the large one.
 *
 * @param png of this host's own making, 600×800
 * @returns WebP, 300×400
 */
export function shrinkArt(sharp: SharpConstructor, png: Buffer): Promise<Buffer> {
  return sharp(png).resize(WIDTH, HEIGHT).webp({ quality: QUALITY }).toBuffer();
}
