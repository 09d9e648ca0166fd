import { captures } from '../../api/captures.ts';
import type { RecordedEvent, RecordingHeader } from '../../api/contract.ts';
import { KEPT_COLUMNS } from './graphs.ts';
import { unpack } from './series.ts';
import type { PackedSeries, Series } from './series.ts';

export interface LoadedRecording {
  readonly header: RecordingHeader;
  readonly series: Series;
  readonly events: readonly RecordedEvent[];
}

/** A recording's file, which the host does not check again: it may be damaged. */
export async function loadRecording(id: string): Promise<LoadedRecording | undefined> {
  const file = (await captures.recording(id)) as Partial<
    PackedSeries & { header: RecordingHeader; events: readonly RecordedEvent[] }
  >;
  const { header, times, columns, events } = file;
  if (!header || !Array.isArray(times) || !columns) return undefined;
  return { header, series: unpack({ times, columns }, KEPT_COLUMNS), events: events ?? [] };
}
