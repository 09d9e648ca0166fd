import { expect } from 'vitest';
import { amplitudeAt, measureTone } from '../../../server/src/client/audio/tone.ts';

/** of the player's sines, full scale is 1 */
const AMPLITUDE = 0.25;
/** Samples of a fifth of a second: long enough for 60 Hz, and one gap on a busy machine spoils one. */
const WINDOW = 9600;

/** @param decoded of one channel, as decoded: the decoder's first packets have no history and are left out */
export function windowsOf(decoded: Float32Array): Float32Array[] {
  const samples = decoded.subarray(WINDOW);
  return Array.from({ length: Math.floor(samples.length / WINDOW) }, (_, i) =>
    samples.subarray(i * WINDOW, (i + 1) * WINDOW),
  );
}

/** Pairs that may be coupled are far apart: in one band of a low bitrate Opus lets one leak into the other. */
export const TONES = [300, 1100, 500, 60, 700, 1700, 900, 2300];

/** Windows in which a channel's own tone must be heard. */
const HEARD = 3;

/**
 * A channel carries its own tone and no other's. On a busy machine PipeWire misses turns, which spoils windows with
 * gaps and clicks, most of them when it is very busy; so those decide in which the tone is whole. A channel that is
 * another's has none, and one that is mixed has the other's tone in each.
 */
export function expectOwnTone(windows: Float32Array[], c: number, tones: readonly number[]): void {
  const amplitudes = windows.map((window) => tones.map((tone) => amplitudeAt(window, tone)));
  const whole = amplitudes.filter((of) => of[c]! > AMPLITUDE * 0.6);
  const heard = `channel ${c}: ${amplitudes.map((of) => of.map((one) => one.toFixed(3)).join(' ')).join('; ')}`;
  expect(whole.length, heard).toBeGreaterThanOrEqual(HEARD);
  tones.forEach((_, other) => {
    if (other === c) return;
    const least = Math.min(...whole.map((of) => of[other]!));
    expect(least, heard).toBeLessThan(AMPLITUDE * 0.1);
  });
}

/** On a quiet machine every window is the player's sine, as far as the bitrate allows. */
export function expectCleanTone(
  windows: Float32Array[],
  c: number,
  tone: number,
  high: boolean,
): void {
  // Opus at 48 kbit/s a channel and 5 ms leaves a pure tone with noise of a tenth.
  const limits = high ? { amplitude: 0.01, noise: 0.01 } : { amplitude: 0.08, noise: 0.13 };
  const heard = windows.map((window) => measureTone(window));
  const clean = heard.filter(
    ({ frequency = 0, amplitude, rest }) =>
      Math.abs(frequency - tone) < 2 &&
      Math.abs(amplitude - AMPLITUDE) < limits.amplitude &&
      rest < limits.noise,
  );
  const share = clean.length / windows.length;
  expect(share, `channel ${c}: ${JSON.stringify(heard.slice(0, 5))}`).toBeGreaterThan(0.99);
}
