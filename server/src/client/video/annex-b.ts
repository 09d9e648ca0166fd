/** One NAL unit of an H.264 byte stream. */
export interface NalUnit {
  /** nal_unit_type, 0…31 */
  readonly type: number;
  /** offset of its start code */
  readonly offset: number;
  /** offset of the NAL header byte */
  readonly header: number;
  /** first byte behind it: the next start code or the end */
  readonly end: number;
}

const START_CODE = Buffer.of(0, 0, 1);

/** Every NAL unit, in order. Bytes before the first start code belong to none. */
export function splitAnnexB(stream: Buffer): NalUnit[] {
  const starts: number[] = [];
  for (let at = stream.indexOf(START_CODE); at >= 0; at = stream.indexOf(START_CODE, at + 3)) {
    starts.push(at);
  }
  return starts.flatMap((at, i) => {
    const header = at + 3;
    if (header >= stream.length) return [];
    const next = starts[i + 1] ?? stream.length;
    const end = next < stream.length && stream[next - 1] === 0 ? next - 1 : next;
    const offset = at > 0 && stream[at - 1] === 0 ? at - 1 : at;
    return [{ type: stream[header]! & 0x1f, offset, header, end }];
  });
}

export const NAL_SLICE = 1;
export const NAL_IDR_SLICE = 5;
export const NAL_SEI = 6;
export const NAL_SPS = 7;
export const NAL_PPS = 8;
export const NAL_AUD = 9;
export const NAL_FILLER = 12;
