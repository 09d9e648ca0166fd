/** Types of AV1's open bitstream units (AV1 §6.2.2). */
const SEQUENCE_HEADER = 1;
const TEMPORAL_DELIMITER = 2;
const FRAME_HEADER = 3;
const FRAME = 6;
const KEY_FRAME = 0;

interface Obu {
  readonly type: number;
  readonly payload: Buffer;
}

/**
 * Sentences about what a decoder of an AV1 stream would not swallow: units that do not end where the frame does, a
 * keyframe without its sequence header, or one that is none.
 */
export function inspectTemporalUnit(data: Buffer, keyframe: boolean): string[] {
  const units = splitObus(data);
  if (typeof units === 'string') return [units];
  const faults: string[] = [];
  const types = units.map(({ type }) => type);
  if (types.lastIndexOf(TEMPORAL_DELIMITER) > 0) faults.push('a delimiter stands inside a frame');
  const frame = units.find(({ type }) => type === FRAME || type === FRAME_HEADER);
  if (!frame) return [...faults, 'the frame has no picture'];
  const first = frame.payload[0] ?? 0;
  const isKey = (first & 0x80) === 0 && ((first >> 5) & 3) === KEY_FRAME;
  if (isKey !== keyframe)
    faults.push(`a frame of ${isKey ? 'key' : 'another'} type is told otherwise`);
  if (keyframe && !types.includes(SEQUENCE_HEADER)) {
    faults.push('a keyframe has no sequence header');
  }
  return faults;
}

/** Where the delimiter at the front of a temporal unit ends; 0 where there is none. */
export function delimiterLength(data: Buffer): number {
  return data[0] === 0x12 && data[1] === 0 ? 2 : 0;
}

/** @returns the units, or a sentence where they do not fill the frame exactly */
function splitObus(data: Buffer): Obu[] | string {
  const units: Obu[] = [];
  for (let at = 0; at < data.length;) {
    const header = data[at]!;
    if ((header & 0x81) !== 0 || (header & 2) === 0) return 'a unit has no size or a wrong header';
    let length = 0;
    let begin = at + 1 + ((header >> 2) & 1);
    for (let shift = 0; ; shift += 7) {
      const byte = data[begin++];
      if (byte === undefined || shift > 28) return 'the size of a unit is cut off';
      length += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) break;
    }
    if (begin + length > data.length) return 'a unit is longer than its frame';
    units.push({ type: (header >> 3) & 15, payload: data.subarray(begin, begin + length) });
    at = begin + length;
  }
  return units;
}
