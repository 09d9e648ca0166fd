import type { Codec } from '../../gamestream/stream-config.ts';
import { splitAnnexB, type NalUnit } from './annex-b.ts';
import { inspectTemporalUnit } from './temporal-unit.ts';

/** Frame types of the frame header besides 1, a P frame (protocol 4 §3). */
export const FRAME_IDR = 2;
export const FRAME_INTRA_REFRESH = 4;
export const FRAME_AFTER_INVALIDATION = 5;

export interface AccessUnitShape {
  /** of AV1 frames: 1 */
  readonly slices: number;
  /** H.264's and HEVC's, from its NAL header on */
  readonly sps?: Buffer;
  /** sentences about what a stock client or decoder would not swallow */
  readonly faults: readonly string[];
}

/** The NAL units of a codec, by the kind of their type. */
interface NalKinds {
  readonly typeOf: (header: number) => number;
  readonly isSlice: (type: number) => boolean;
  readonly isKey: (type: number) => boolean;
  /** in the order in which a keyframe begins with them; the one before the last is the SPS */
  readonly parameterSets: readonly number[];
  readonly delimiter: number;
  readonly messages: readonly number[];
  readonly filler: number;
}

const NAL_KINDS: Record<'h264' | 'hevc', NalKinds> = {
  h264: {
    typeOf: (header) => header & 0x1f,
    isSlice: (type) => type === 1 || type === 5,
    isKey: (type) => type === 5,
    parameterSets: [7, 8],
    delimiter: 9,
    messages: [6],
    filler: 12,
  },
  hevc: {
    typeOf: (header) => (header >> 1) & 0x3f,
    isSlice: (type) => type <= 9 || (type >= 16 && type <= 21),
    isKey: (type) => type >= 16 && type <= 21,
    parameterSets: [32, 33, 34],
    delimiter: 35,
    messages: [39, 40],
    filler: 38,
  },
};

/**
 * What frames must look like (protocol 4 §3): a stock client looks into the first packet only, and never shows a
 * picture when it does not find there what it wants.
 *
 * @param firstBytes bytes of the stream that lie in the first packet
 */
export function inspectAccessUnit(
  frameType: number,
  data: Buffer,
  firstBytes: number,
  codec: Codec = 'h264',
): AccessUnitShape {
  if (codec === 'av1') {
    return { slices: 1, faults: inspectTemporalUnit(data, frameType === FRAME_IDR) };
  }
  const kinds = NAL_KINDS[codec];
  const units = splitAnnexB(data);
  const typeOf = (unit: NalUnit): number => kinds.typeOf(data[unit.header]!);
  const types = units.map(typeOf);
  const faults: string[] = [];
  const slices = types.filter(kinds.isSlice);
  const sps = units[types.indexOf(kinds.parameterSets.at(-2)!)];
  if (units[0]?.offset !== 0) faults.push('the frame does not start with a start code');
  if (slices.length === 0) faults.push('the frame has no slice');
  const idr = slices.some(kinds.isKey);
  if (idr !== (frameType === FRAME_IDR)) {
    faults.push(`frame type ${frameType} with ${idr ? 'IDR' : 'ordinary'} slices`);
  }
  faults.push(
    ...(frameType === FRAME_IDR
      ? idrFaults(kinds, units, types, firstBytes)
      : otherFaults(kinds, types)),
  );
  return {
    slices: slices.length,
    faults,
    ...(sps && { sps: data.subarray(sps.header, sps.end) }),
  };
}

/** [AUD] [SEI…] parameter sets [SEI…] IDR slices, up to the first slice's start within the first packet. */
function idrFaults(
  kinds: NalKinds,
  units: readonly NalUnit[],
  types: readonly number[],
  firstBytes: number,
): string[] {
  const faults: string[] = [];
  const before = [kinds.delimiter, ...kinds.messages];
  const leading = types.find((type) => !before.includes(type));
  if (leading !== kinds.parameterSets[0]) {
    faults.push(`an IDR frame starts with units ${types.slice(0, 4)}`);
  }
  if (types.lastIndexOf(kinds.delimiter) > 0) faults.push('an AUD stands inside an IDR frame');
  const sliceAt = types.findIndex(kinds.isKey);
  const places = [...kinds.parameterSets.map((type) => types.indexOf(type)), sliceAt];
  if (places.some((at, i) => at < 0 || at < (places[i - 1] ?? 0))) {
    faults.push(`an IDR frame has units ${types}, not parameter sets, then a slice`);
  } else if (units[sliceAt]!.header >= firstBytes) {
    faults.push(
      `the first IDR slice starts at byte ${units[sliceAt]!.offset}, behind the first packet (${firstBytes})`,
    );
  }
  if (types.slice(sliceAt).some((type) => !kinds.isKey(type) && type !== kinds.filler)) {
    faults.push(
      `an IDR frame has units ${types}: after its first slice only slices and filler may come`,
    );
  }
  return faults;
}

function otherFaults(kinds: NalKinds, types: readonly number[]): string[] {
  return types.includes(kinds.parameterSets.at(-2)!) ? ['a P frame carries parameter sets'] : [];
}
