import { STATISTIC_NAMES, STATISTICS, STREAM_THREADS } from '../../src/native/statistics.ts';
import type { StageStatistics, StatisticName } from '../../src/native/statistics.ts';

/** A second in which nothing happened, for tests that say of it what they are about. */
export function nothingMeasured(): StageStatistics {
  const values: Partial<Record<StatisticName, unknown>> = {};
  for (const name of STATISTIC_NAMES) {
    const { kind } = STATISTICS[name];
    if (kind === 'number' || kind === 'level') values[name] = 0;
    if (kind === 'sendMethod') values[name] = 'sendmmsg';
    if (kind === 'threads') {
      values[name] = Object.fromEntries(STREAM_THREADS.map((thread) => [thread, 'normal']));
    }
  }
  return { ...(values as StageStatistics), interval: 1000 };
}
