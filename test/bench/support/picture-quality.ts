import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { percentile } from '../../e2e/support/measures.ts';
import { compilePictureProgram } from '../../e2e/support/picture-program.ts';
import type { Recording } from './recording.ts';

/** One picture in so many is compared. */
const EVERY = 4;

/** Luma PSNR of decoded pictures against what was drawn, dB. */
export interface Quality {
  readonly pictures: number;
  readonly mean: number;
  readonly worst5: number;
}

/**
 * Compares what a viewer saw of the moving scene with the scene itself, drawn again. The stream must have the
 * screen's size.
 *
 * @param since CLOCK_MONOTONIC, milliseconds: the first frames of a stream are left out
 */
export async function pictureQuality(recording: Recording, since: number): Promise<Quality> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-quality-'));
  try {
    const program = compilePictureProgram(path.join(import.meta.dirname, 'compare-luma.c'), folder);
    const { width, height } = recording.stream.negotiated.wish;
    // The client asks for BT.709 limited (cscMode 2).
    const compare = spawn(program, [String(width), String(height), 'limited'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let said = '';
    compare.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    let seen = 0;
    let last = -1;
    await recording.decode('luma', (frame, stamp, { pixels }) => {
      if (!stamp || stamp.counter === last) return;
      last = stamp.counter;
      if (frame.firstPacketAt < since || seen++ % EVERY !== 0) return;
      const head = Buffer.alloc(12);
      head.writeUInt32LE(stamp.counter, 0);
      head.writeBigUInt64LE(BigInt(Math.round(stamp.drawnAt * 1000)), 4);
      compare.stdin.write(head);
      compare.stdin.write(pixels);
    });
    compare.stdin.end();
    await once(compare, 'close');
    const values = said
      .split('\n')
      .filter(Boolean)
      .map((line) => Number(line.split(' ')[1]));
    return {
      pictures: values.length,
      mean: values.reduce((sum, value) => sum + value, 0) / values.length,
      worst5: percentile(values, 0.05),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
