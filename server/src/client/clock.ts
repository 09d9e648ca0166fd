/** CLOCK_MONOTONIC in milliseconds: the clock that the test pictures carry, too. */
export function monotonicNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
