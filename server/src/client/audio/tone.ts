/** What a channel sounds like. */
export interface Tone {
  /** Hz; absent on silence */
  readonly frequency?: number;
  /** of the strongest frequency, 0…1 */
  readonly amplitude: number;
  /** root mean square of everything else, 0…1 */
  readonly rest: number;
}

const QUIET_RMS = 1e-4;

/** Amplitude of one frequency in a signal (Goertzel), 0…1. */
export function amplitudeAt(samples: Float32Array, frequency: number, rate = 48_000): number {
  const omega = (2 * Math.PI * frequency) / rate;
  const coefficient = 2 * Math.cos(omega);
  let last = 0;
  let beforeLast = 0;
  // A Hann window, so that a tone between two bins does not leak over all of them.
  for (let i = 0; i < samples.length; i++) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / samples.length);
    const next = samples[i]! * window + coefficient * last - beforeLast;
    beforeLast = last;
    last = next;
  }
  const power = last * last + beforeLast * beforeLast - coefficient * last * beforeLast;
  return (Math.sqrt(Math.max(0, power)) * 4) / samples.length;
}

/**
 * The one tone of a channel by its zero crossings, and how much is left beside it.
 *
 * @param samples half a second and more
 */
export function measureTone(samples: Float32Array, rate = 48_000): Tone {
  const power =
    samples.reduce((sum, value) => sum + value * value, 0) / Math.max(1, samples.length);
  if (Math.sqrt(power) < QUIET_RMS) return { amplitude: 0, rest: Math.sqrt(power) };
  const crossings: number[] = [];
  for (let i = 1; i < samples.length; i++) {
    const [a, b] = [samples[i - 1]!, samples[i]!];
    if (a < 0 && b >= 0) crossings.push(i - b / (b - a));
  }
  if (crossings.length < 2) return { amplitude: 0, rest: Math.sqrt(power) };
  const periods = crossings.length - 1;
  const frequency = (periods * rate) / (crossings.at(-1)! - crossings[0]!);
  const amplitude = amplitudeAt(samples, frequency, rate);
  return {
    frequency,
    amplitude,
    rest: Math.sqrt(Math.max(0, power - (amplitude * amplitude) / 2)),
  };
}
