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

/** Frame types of the frame header besides 1, a P frame (protocol 4 §3). */
export const FRAME_IDR = 2;
export const FRAME_INTRA_REFRESH = 4;
export const FRAME_AFTER_INVALIDATION = 5;

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
