import type { CaptureJson, RecordingsJson } from '../admin/resources/capture-shapes.ts';
import type { SessionJson } from '../admin/resources/session-shapes.ts';
import { duration, table } from '../terminal/table.ts';
import type { Paint } from './present.ts';

export function presentCaptures(
  captures: readonly CaptureJson[],
  sessions: readonly SessionJson[],
  paint: Paint,
  now: number,
): string {
  if (captures.length === 0) return 'Nobody streams.';
  return table(
    ['ID', 'DEVICE', 'CAPTURED', 'RECORDED', 'VERDICT'],
    captures.map(({ session, samples, recordingSince, verdict }) => [
      String(session),
      sessions.find(({ id }) => id === session)?.device.name ?? '',
      duration(samples * 1000),
      recordingSince === undefined ? 'no' : `for ${duration(now - recordingSince)}`,
      verdict.sentence,
    ]),
    paint.dim,
  );
}

export function presentRecordings(
  { recordings, bytes, budget }: RecordingsJson,
  paint: Paint,
  now: number,
): string {
  if (recordings.length === 0) return 'There are no recordings.';
  const megabytes = (count: number): string => `${(count / 1_000_000).toFixed(1)} MB`;
  const rows = recordings.map((one) => {
    if (!('header' in one))
      return [one.id, '', '', '', megabytes(one.bytes), `damaged: ${one.damage}`];
    const { name, kind, pinned, startedAt, duration: length, verdict } = one.header;
    return [
      one.id,
      name,
      kind === 'summary' ? 'summary' : pinned ? 'pinned' : 'recording',
      `${duration(length)}, ${duration(now - startedAt)} ago`,
      megabytes(one.bytes),
      verdict.sentence,
    ];
  });
  const list = table(['ID', 'NAME', 'KIND', 'WHEN', 'SIZE', 'VERDICT'], rows, paint.dim);
  return `${list}\n\n${megabytes(bytes)} of ${megabytes(budget)} are taken.`;
}
