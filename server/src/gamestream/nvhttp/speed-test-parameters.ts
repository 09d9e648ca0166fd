import { SPEED_TEST_LONGEST, SPEED_TEST_MOST_KBPS } from '../../native/speed-test-addon.ts';

/** A parameter is missing or unreadable; the sentence goes to the person. */
export class SpeedTestMalformed extends Error {
  constructor(parameter: string) {
    super(`The request for a speed test has no usable "${parameter}".`);
    this.name = 'SpeedTestMalformed';
  }
}

type Query = ReadonlyMap<string, string>;

/** Slower than this no picture moves, and steps would last longer than the test. kbit/s */
const LEAST_KBPS = 100;
/** No test holds less, and no stream that keeps to less would be worth watching. kbit/s */
const LEAST_HELD_KBPS = 1000;

/**
 * `kbps` and `seconds` of /earthshine/speedtest. What is above the cap becomes the cap.
 *
 * @throws SpeedTestMalformed
 */
export function readSpeedTestParameters(query: Query): { kbps: number; seconds: number } {
  return {
    kbps: readKbps(query),
    seconds: Math.min(readNumber(query, 'seconds', 1), SPEED_TEST_LONGEST),
  };
}

/**
 * `session` and `kbps` of /earthshine/speedtest/rate.
 *
 * @throws SpeedTestMalformed
 */
export function readRateParameters(query: Query): { id: string; kbps: number } {
  return { id: readId(query), kbps: readKbps(query) };
}

/**
 * `session` and `kbps` of /earthshine/speedtest/held. No test finds more than the cap.
 *
 * @throws SpeedTestMalformed
 */
export function readHeldParameters(query: Query): { id: string; kbps: number } {
  const id = readId(query);
  const kbps = readNumber(query, 'kbps', LEAST_HELD_KBPS);
  if (kbps > SPEED_TEST_MOST_KBPS) throw new SpeedTestMalformed('kbps');
  return { id, kbps };
}

function readId(query: Query): string {
  const id = query.get('session') ?? '';
  if (!/^[0-9a-f]{16}$/.test(id)) throw new SpeedTestMalformed('session');
  return id;
}

function readKbps(query: Query): number {
  return Math.min(readNumber(query, 'kbps', LEAST_KBPS), SPEED_TEST_MOST_KBPS);
}

function readNumber(query: Query, name: string, least: number): number {
  const text = query.get(name) ?? '';
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (!(value >= least)) throw new SpeedTestMalformed(name);
  return value;
}
