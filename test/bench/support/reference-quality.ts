import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { compilePictureProgram } from '../../e2e/support/picture-program.ts';

const SECONDS = 6;
/** The rate control has found its level by then. */
const SETTLED_FRAMES = 90;
/** Rates closer than this are the same. */
const SAME_RATE = 0.02;
const ATTEMPTS = 4;

export interface Reference {
  /** luma PSNR, dB */
  readonly mean: number;
  /** encoded video, kbit/s */
  readonly kbps: number;
}

/**
 * What x264 makes of the moving scene as the leading host sets it up (superfast, zerolatency, two slices, a buffer of
 * one and a half frames), at the rate that is asked for: its rate control stays below its target, so the target is
 * raised until the result fits.
 */
export async function referenceQuality(
  mode: { readonly width: number; readonly height: number },
  kbps: number,
): Promise<Reference> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-reference-'));
  try {
    const draw = compilePictureProgram(path.join(import.meta.dirname, 'draw-scene.c'), folder);
    const compare = compilePictureProgram(path.join(import.meta.dirname, 'compare-luma.c'), folder);
    const file = path.join(folder, 'reference.h264');
    let target = kbps;
    let reached = 0;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      await encode(draw, mode, target, file);
      reached = (statSync(file).size * 8) / 1000 / SECONDS;
      if (Math.abs(reached / kbps - 1) < SAME_RATE) break;
      target *= kbps / reached;
    }
    return { mean: await compared(compare, mode, file), kbps: reached };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function encode(
  draw: string,
  { width, height }: { readonly width: number; readonly height: number },
  kbps: number,
  file: string,
): Promise<void> {
  const rate = `${Math.round(kbps)}k`;
  await piped(
    spawn(draw, [width, height, SECONDS * 60].map(String), {
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
    spawn(
      'ffmpeg',
      // prettier-ignore
      [
        '-v', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'bgr0', '-s', `${width}x${height}`, '-r', '60', '-i', 'pipe:0',
        '-vf', 'scale=out_color_matrix=bt709:out_range=tv', '-pix_fmt', 'yuv420p', '-c:v', 'libx264',
        '-preset', 'superfast', '-tune', 'zerolatency', '-threads', '2', '-slices', '2', '-g', '100000', '-refs', '1',
        '-b:v', rate, '-maxrate', rate, '-bufsize', `${Math.round(kbps / 40)}k`, '-f', 'h264', file,
      ],
      { stdio: ['pipe', 'inherit', 'inherit'] },
    ),
  );
}

async function compared(
  compare: string,
  { width, height }: { readonly width: number; readonly height: number },
  file: string,
): Promise<number> {
  const comparing = spawn(compare, [String(width), String(height), 'limited', 'counted'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  comparing.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await piped(
    spawn(
      'ffmpeg',
      // prettier-ignore
      ['-v', 'error', '-f', 'h264', '-i', file, '-vf', 'extractplanes=y', '-fps_mode', 'passthrough', '-f', 'rawvideo', 'pipe:1'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    ),
    comparing,
  );
  const values = said
    .split('\n')
    .filter(Boolean)
    .map((line) => Number(line.split(' ')[1]))
    .slice(SETTLED_FRAMES);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

async function piped(from: ChildProcess, to: ChildProcess): Promise<void> {
  to.stdin!.on('error', () => undefined);
  from.stdout!.pipe(to.stdin!);
  await once(to, 'close');
}
