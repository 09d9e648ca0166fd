import type { FrameRate } from '../stream-config.ts';

/**
 * `maxFPS` is a whole number; the client's display rate refines it (protocol 1 §4.4). It is the display's rate
 * and changes with battery or game mode, so it counts only within 1 % and within one frame: a client that caps
 * itself at "display rate − 1" means its cap.
 *
 * @param fps `maxFPS`
 * @param refreshX100 `clientRefreshRateX100`, 0 unknown
 */
export function frameRate(fps: number, refreshX100: number): FrameRate {
  const nominal = fps * 100;
  const distance = Math.abs(refreshX100 - nominal);
  if (refreshX100 <= 0 || distance === 0 || distance > nominal / 100 || distance >= 100) {
    return { numerator: fps, denominator: 1 };
  }
  // 59.94, 23.976 (as 2397 or 2398) and their kin are thousandths of 1001, not hundredths.
  if (Math.abs(refreshX100 - (nominal * 1000) / 1001) < 0.7) {
    return { numerator: fps * 1000, denominator: 1001 };
  }
  const divisor = greatestCommonDivisor(refreshX100, 100);
  return { numerator: refreshX100 / divisor, denominator: 100 / divisor };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
