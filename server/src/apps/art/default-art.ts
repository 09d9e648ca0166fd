import { createHash } from 'node:crypto';

import type { OutputInfo, OverlayOptions, SharpConstructor } from 'sharp';

import { takesCommand } from '../../displays/display.ts';
import type { App } from '../apps.ts';
import { ART_HEIGHT, ART_WIDTH } from './png.ts';

/** What of an app its generated picture shows. */
export type ArtSubject = Pick<App, 'id' | 'title' | 'source'> & { readonly hasCommand: boolean };

/** A night sky: above, at the horizon, and the light on the moon's edge. */
interface Palette {
  readonly sky: string;
  readonly horizon: string;
  readonly light: string;
}

const PALETTES: readonly Palette[] = [
  { sky: '#0b1030', horizon: '#2f4d9c', light: '#cfe2ff' },
  { sky: '#150b2e', horizon: '#63409f', light: '#e8d6ff' },
  { sky: '#04202b', horizon: '#14707d', light: '#c9f7f2' },
  { sky: '#230a20', horizon: '#97386a', light: '#ffd3e2' },
  { sky: '#1d1208', horizon: '#9a5a2b', light: '#ffe6c4' },
  { sky: '#08211a', horizon: '#2c7a55', light: '#d3f8df' },
  { sky: '#121722', horizon: '#4d617f', light: '#e4edf8' },
  { sky: '#230d10', horizon: '#a13f3f', light: '#ffd9cc' },
];

/** 75 % bars in their usual order. */
const BARS = ['#c0c0c0', '#c0c000', '#00c0c0', '#00c000', '#c000c0', '#c00000', '#0000c0'];

const MOON = { x: ART_WIDTH / 2, y: 318, radius: 196 };
/** where the title stands, in the middle of it */
const TITLE = { width: ART_WIDTH - 112, top: 580, height: 172 };
/** One line fills this much at most, so that a short title does not shout. */
const LINE_HEIGHT = 64;
/** dots per inch at which a title in one line is read well; a longer one takes the whole field */
const READABLE_DPI = 200;

/**
 * The picture of an app that has none: a moon in earthshine that carries the app's motif (a screen, colour bars,
 * or its initial), and its title below, in any script that the fonts of this machine know. Colours follow the id,
 * so an app keeps its own.
 *
 * @returns PNG, 600×800, opaque
 */
export async function drawDefaultArt(sharp: SharpConstructor, app: ArtSubject): Promise<Buffer> {
  const palette = paletteOf(app);
  const title = app.title.replace(/\p{Cc}/gu, ' ').trim();
  const writing = new Writing(sharp, palette);
  const [initial] = new Intl.Segmenter().segment(title.toUpperCase());
  const layers = [
    initial && motifOf(app) === 'initial' ? await writing.initial(initial.segment) : [],
    title === '' ? [] : await writing.title(title),
  ];
  return sharp(Buffer.from(drawing(app, palette)))
    .composite(layers.flat())
    .removeAlpha()
    .png({ compressionLevel: 9 })
    .toBuffer();
}

function motifOf({ source, hasCommand }: ArtSubject): 'bars' | 'screen' | 'screens' | 'initial' {
  if (source === 'test-pattern') return 'bars';
  if (hasCommand) return 'initial';
  if (source === 'own') return 'screens';
  return takesCommand(source) && source !== 'game-mode' ? 'screen' : 'initial';
}

function paletteOf(app: ArtSubject): Palette {
  const motif = motifOf(app);
  if (motif === 'bars') return PALETTES[6]!;
  if (motif === 'screen' || motif === 'screens') return PALETTES[0]!;
  const hash = createHash('sha256').update(app.id).digest();
  return PALETTES[hash[0]! % PALETTES.length]!;
}

function drawing(app: ArtSubject, { sky, horizon, light }: Palette): string {
  const { x, y, radius } = MOON;
  const motif = {
    bars: bars(light),
    screen: screen(light, sky),
    screens: screens(light, sky),
    initial: '',
  }[motifOf(app)];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${ART_WIDTH}" height="${ART_HEIGHT}">
    <defs>
      <linearGradient id="sky" x1="0" y1="0" x2="0.12" y2="1">
        <stop offset="0" stop-color="${sky}"/><stop offset="1" stop-color="${horizon}"/>
      </linearGradient>
      <radialGradient id="glow" gradientUnits="userSpaceOnUse" cx="${x - 120}" cy="${y + 110}" r="340">
        <stop offset="0" stop-color="${light}" stop-opacity="0.18"/><stop offset="1" stop-color="${light}" stop-opacity="0"/>
      </radialGradient>
      <linearGradient id="earthlit" x1="0" y1="1" x2="1" y2="0">
        <stop offset="0" stop-color="${light}" stop-opacity="0.06"/><stop offset="1" stop-color="${light}" stop-opacity="0.22"/>
      </linearGradient>
      <mask id="crescent">
        <circle cx="${x}" cy="${y}" r="${radius}" fill="#fff"/>
        <circle cx="${x + 17}" cy="${y - 14}" r="${radius - 3}" fill="#000"/>
      </mask>
    </defs>
    <rect width="100%" height="100%" fill="url(#sky)"/>
    <rect width="100%" height="100%" fill="url(#glow)"/>
    <circle cx="${x}" cy="${y}" r="${radius}" fill="${horizon}" fill-opacity="0.5"/>
    <circle cx="${x}" cy="${y}" r="${radius}" fill="url(#earthlit)"/>
    <rect width="100%" height="100%" fill="${light}" mask="url(#crescent)"/>
    ${motif}
  </svg>`;
}

function screen(light: string, sky: string): string {
  const { x, y } = MOON;
  return `<rect x="${x - 108}" y="${y - 89}" width="216" height="138" rx="16" fill="${sky}" fill-opacity="0.45"
      stroke="${light}" stroke-width="11"/>
    <rect x="${x - 7}" y="${y + 49}" width="14" height="40" fill="${light}"/>
    <rect x="${x - 48}" y="${y + 83}" width="96" height="11" rx="5.5" fill="${light}"/>`;
}

/** A smaller one before the screen. */
function screens(light: string, sky: string): string {
  const { x, y } = MOON;
  const scaled = (scale: number, dx: number, dy: number): string =>
    `<g transform="translate(${x + dx} ${y + dy}) scale(${scale}) translate(${-x} ${-y})">`;
  return `${scaled(0.85, -28, -12)}${screen(light, sky)}</g>
    ${scaled(0.55, 72, 42)}<rect x="${x - 108}" y="${y - 89}" width="216" height="138" rx="16" fill="${sky}"/>
    ${screen(light, sky)}</g>`;
}

function bars(light: string): string {
  const [width, height] = [228, 150];
  const [left, top] = [MOON.x - width / 2, MOON.y - height / 2];
  const each = width / BARS.length;
  const field = `x="${left}" y="${top}" width="${width}" height="${height}" rx="14"`;
  return `<clipPath id="field"><rect ${field}/></clipPath>
    <g clip-path="url(#field)">
      ${BARS.map((color, index) => `<rect x="${left + index * each}" y="${top}" width="${each + 1}" height="${height}" fill="${color}"/>`).join('')}
      <linearGradient id="ramp"><stop offset="0" stop-color="#000"/><stop offset="1" stop-color="#fff"/></linearGradient>
      <rect x="${left}" y="${top + 115}" width="${width}" height="35" fill="url(#ramp)"/>
    </g>
    <rect ${field} fill="none" stroke="${light}" stroke-width="6"/>`;
}

/** Text as the system's fonts draw it, sized to fit. */
class Writing {
  readonly #sharp: SharpConstructor;
  readonly #palette: Palette;

  constructor(sharp: SharpConstructor, palette: Palette) {
    this.#sharp = sharp;
    this.#palette = palette;
  }

  async initial(sign: string): Promise<OverlayOptions[]> {
    return centered(await this.#write(sign, 190, 170), MOON.y);
  }

  async title(title: string): Promise<OverlayOptions[]> {
    const line = await this.#write(title, TITLE.width, LINE_HEIGHT);
    const fits = (line?.info.textAutofitDpi ?? 0) >= READABLE_DPI;
    const field = fits ? line : await this.#write(title, TITLE.width, TITLE.height);
    return centered(field, TITLE.top + TITLE.height / 2);
  }

  /** @returns undefined when there is nothing to see of it: a joiner or a mark without a letter */
  async #write(text: string, width: number, height: number): Promise<Written | undefined> {
    const escaped = text.replace(/[&<>]/g, (sign) => `&#${sign.codePointAt(0)};`);
    try {
      return await this.#sharp({
        text: {
          text: `<span foreground="${this.#palette.light}">${escaped}</span>`,
          font: 'sans bold',
          width,
          height,
          align: 'centre',
          wrap: 'word-char',
          rgba: true,
        },
      })
        .png()
        .toBuffer({ resolveWithObject: true });
    } catch (error) {
      if ((error as Error).message.includes('no text to render')) return undefined;
      throw error;
    }
  }
}

interface Written {
  readonly data: Buffer;
  readonly info: OutputInfo;
}

/** A layer whose middle stands so deep in the picture. */
function centered(written: Written | undefined, middle: number): OverlayOptions[] {
  if (!written) return [];
  const { width, height } = written.info;
  const left = Math.max(0, Math.round((ART_WIDTH - width) / 2));
  return [{ input: written.data, left, top: Math.max(0, Math.round(middle - height / 2)) }];
}
