import * as z from 'zod';

import { COLUMNS, columnNamed } from './columns.ts';
import {
  DamagedRecording,
  headerShape,
  MOST_EVENTS,
  MOST_ROWS,
  RECORDING_FORMAT,
  RECORDING_VERSION,
} from './recording.ts';
import type { RecordedEvent, Recording, RecordingHeader } from './recording.ts';
import type { SampleTable } from './sample-table.ts';

/** The first line has the head alone, so that a list need not read what follows. */
export const LONGEST_HEAD = 256 * 1024;
/** What a whole file ends with. */
export const FILE_END = ']}\n';

const MOST_EVENT_BYTES = 2_000;

const begin = z.object({
  format: z.literal(RECORDING_FORMAT),
  version: z.int().min(1),
  header: z.unknown(),
});

/** The file of a recording, piece by piece, so that no piece keeps others waiting. */
export async function* writeRecording({
  header,
  table,
  events,
}: Recording): AsyncGenerator<string> {
  const head = JSON.stringify({ format: RECORDING_FORMAT, version: RECORDING_VERSION, header });
  yield `${head.slice(0, -1)},\n"times":[${[...table.times].map(Math.round).join(',')}],\n"columns":{`;
  let first = true;
  for (const { name, decimals } of COLUMNS) {
    const values = table.columns.get(name);
    if (!values) continue;
    yield `${first ? '' : ','}\n${JSON.stringify(name)}:${JSON.stringify(compact(values, decimals))}`;
    first = false;
    await new Promise((resolve) => setImmediate(resolve));
  }
  yield '},\n"events":[';
  yield events
    .map((event) => `\n${JSON.stringify({ ...event, at: Math.round(event.at) })}`)
    .join(',');
  yield FILE_END;
}

/** A column as JSON has it: one number for a column in which nothing changes, null for what was not measured. */
export function compact(values: Float32Array, decimals: number): number | null | (number | null)[] {
  const factor = 10 ** decimals;
  const kept = Array.from(values, (value) =>
    Number.isNaN(value) ? null : Math.round(value * factor) / factor,
  );
  return kept.length > 0 && kept.every((value) => value === kept[0]) ? (kept[0] ?? null) : kept;
}

/**
 * The head of a file, from its first line.
 *
 * @throws DamagedRecording
 */
export function readHead(line: string): RecordingHeader {
  let value: unknown;
  try {
    value = JSON.parse(`${line.replace(/,\s*$/, '')}}`);
  } catch {
    throw new DamagedRecording('The file does not begin as a recording does.');
  }
  return checkHead(value);
}

function checkHead(value: unknown): RecordingHeader {
  const parsed = begin.safeParse(value);
  if (!parsed.success) throw new DamagedRecording('The file is no recording of Earthshine.');
  if (parsed.data.version > RECORDING_VERSION) {
    throw new DamagedRecording(
      `The recording is of version ${parsed.data.version}, and this host reads up to ${RECORDING_VERSION}.`,
    );
  }
  const header = headerShape.safeParse(parsed.data.header);
  if (header.success) return header.data;
  const [issue] = header.error.issues;
  throw new DamagedRecording(`The recording's ${issue!.path.join('.') || 'head'} does not fit.`);
}

/**
 * A whole file.
 *
 * @throws DamagedRecording with a sentence
 */
export function readRecording(text: string): Recording {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DamagedRecording('The recording is not whole.');
  }
  const header = checkHead(value);
  const { times, columns, events } = value as Record<string, unknown>;
  const table = readTable(times, columns);
  if (table.times.length !== header.samples) {
    throw new DamagedRecording('The recording has not as many seconds as its head says.');
  }
  return { header, table, events: readEvents(events) };
}

function readTable(times: unknown, columns: unknown): SampleTable {
  if (!Array.isArray(times) || times.length > MOST_ROWS) {
    throw new DamagedRecording('The recording has no times, or too many.');
  }
  const checked = Float64Array.from(times as number[], (time, row) => {
    const isLater = row === 0 || time >= (times as number[])[row - 1]!;
    if (typeof time !== 'number' || !Number.isFinite(time) || time < 0 || !isLater) {
      throw new DamagedRecording('The recording goes back in time.');
    }
    return time;
  });
  if (typeof columns !== 'object' || columns === null || Array.isArray(columns)) {
    throw new DamagedRecording('The recording has no columns.');
  }
  const read = new Map<string, Float32Array>();
  for (const [name, values] of Object.entries(columns)) {
    // Of a version that measured something else as well.
    if (columnNamed(name)) read.set(name, readColumn(name, values, checked.length));
  }
  return { times: checked, columns: read };
}

function readColumn(name: string, values: unknown, length: number): Float32Array {
  const one = (value: unknown): number => {
    if (value === null) return NaN;
    if (typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 1e15) return value;
    throw new DamagedRecording(`The recording's column ${name} holds something else than numbers.`);
  };
  if (!Array.isArray(values)) return new Float32Array(length).fill(one(values));
  if (values.length !== length) {
    throw new DamagedRecording(`The recording's column ${name} is not as long as the others.`);
  }
  return Float32Array.from(values, one);
}

const eventShape = z.looseObject({ at: z.number(), kind: z.string().max(40) });

function readEvents(events: unknown): RecordedEvent[] {
  if (!Array.isArray(events) || events.length > MOST_EVENTS) {
    throw new DamagedRecording('The recording has no events, or too many.');
  }
  return events.map((event) => {
    const isSmall = JSON.stringify(event)?.length <= MOST_EVENT_BYTES;
    const parsed = eventShape.safeParse(event);
    if (!isSmall || !parsed.success) {
      throw new DamagedRecording('The recording holds something else than events.');
    }
    return parsed.data as unknown as RecordedEvent;
  });
}
