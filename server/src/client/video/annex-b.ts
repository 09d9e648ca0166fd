/** One NAL unit of a byte stream, H.264's or HEVC's. */
export interface NalUnit {
  /** H.264's nal_unit_type, 0…31 */
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
