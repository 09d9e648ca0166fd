import {
  NAL_AUD,
  NAL_FILLER,
  NAL_IDR_SLICE,
  NAL_PPS,
  NAL_SEI,
  NAL_SLICE,
  NAL_SPS,
  splitAnnexB,
  type NalUnit,
} from './annex-b.ts';

/** Frame types of the frame header (protocol 4 §3). */
export const FRAME_P = 1;
export const FRAME_IDR = 2;
export const FRAME_INTRA_REFRESH = 4;
export const FRAME_AFTER_INVALIDATION = 5;

export const FRAME_HEADER_BYTES = 8;

export interface FrameHeader {
  /** milliseconds; absent when the host did not measure it or repeats a frame */
  readonly hostLatency?: number;
  readonly type: number;
  /** bytes used in the last packet's payload */
  readonly lastPayloadLength: number;
}

/** @returns the header, or a sentence about what is wrong with it */
export function parseFrameHeader(payload: Buffer): FrameHeader | string {
  if (payload.length < FRAME_HEADER_BYTES) return 'the first packet is shorter than a frame header';
  if (payload[0] !== 0x01) return `the frame header starts with 0x${payload[0]!.toString(16)}`;
  const type = payload[3]!;
  if (![FRAME_P, FRAME_IDR, FRAME_INTRA_REFRESH, FRAME_AFTER_INVALIDATION].includes(type)) {
    return `frame type ${type} is unknown`;
  }
  const lastPayloadLength = payload.readUInt16LE(4);
  if (lastPayloadLength < 1 || lastPayloadLength > payload.length) {
    return `the frame header says ${lastPayloadLength} bytes in the last packet of ${payload.length}`;
  }
  if (payload.readUInt16LE(6) !== 0) return 'the reserved bytes of the frame header are not zero';
  const latency = payload.readUInt16LE(1);
  return { type, lastPayloadLength, ...(latency > 0 && { hostLatency: latency / 10 }) };
}

export interface AccessUnitShape {
  readonly slices: number;
  readonly sps?: Buffer;
  /** sentences about what a stock client or decoder would not swallow */
  readonly faults: readonly string[];
}

/**
 * What H.264 frames must look like (protocol 4 §3): a stock client looks into the first packet only, and never
 * shows a picture when it does not find there what it wants.
 *
 * @param firstBytes bytes of the stream that lie in the first packet
 */
export function inspectAccessUnit(
  frameType: number,
  data: Buffer,
  firstBytes: number,
): AccessUnitShape {
  const units = splitAnnexB(data);
  const faults: string[] = [];
  const slices = units.filter((unit) => unit.type === NAL_SLICE || unit.type === NAL_IDR_SLICE);
  const sps = units.find((unit) => unit.type === NAL_SPS);
  if (units[0]?.offset !== 0) faults.push('the frame does not start with a start code');
  if (slices.length === 0) faults.push('the frame has no slice');
  const idr = slices.some((unit) => unit.type === NAL_IDR_SLICE);
  if (idr !== (frameType === FRAME_IDR)) {
    faults.push(`frame type ${frameType} with ${idr ? 'IDR' : 'ordinary'} slices`);
  }
  faults.push(...(frameType === FRAME_IDR ? idrFaults(units, firstBytes) : otherFaults(units)));
  return {
    slices: slices.length,
    faults,
    ...(sps && { sps: data.subarray(sps.header, sps.end) }),
  };
}

/** [AUD] [SEI…] SPS PPS [SEI…] IDR slices, up to the first slice's start within the first packet. */
function idrFaults(units: readonly NalUnit[], firstBytes: number): string[] {
  const faults: string[] = [];
  const types = units.map((unit) => unit.type);
  const leading = types.findIndex((type) => type !== NAL_AUD && type !== NAL_SEI);
  if (types[leading] !== NAL_SPS)
    faults.push(`an IDR frame starts with units ${types.slice(0, 4)}`);
  if (types.lastIndexOf(NAL_AUD) > 0) faults.push('an AUD stands inside an IDR frame');
  const [spsAt, ppsAt, sliceAt] = [NAL_SPS, NAL_PPS, NAL_IDR_SLICE].map((type) =>
    types.indexOf(type),
  );
  if (spsAt! < 0 || ppsAt! < spsAt! || sliceAt! < ppsAt!) {
    faults.push(`an IDR frame has units ${types}, not SPS, PPS, slice`);
  } else if (units[sliceAt!]!.header >= firstBytes) {
    faults.push(
      `the first IDR slice starts at byte ${units[sliceAt!]!.offset}, behind the first packet (${firstBytes})`,
    );
  }
  if (types.slice(sliceAt).some((type) => type !== NAL_IDR_SLICE && type !== NAL_FILLER)) {
    faults.push(
      `an IDR frame has units ${types}: after its first slice only slices and filler may come`,
    );
  }
  return faults;
}

function otherFaults(units: readonly NalUnit[]): string[] {
  return units.some((unit) => unit.type === NAL_SPS) ? ['a P frame carries parameter sets'] : [];
}
