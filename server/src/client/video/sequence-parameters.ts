/** What a test or a person wants to know of an H.264 SPS. */
export interface SequenceParameters {
  readonly profile: number;
  /** level × 10 */
  readonly level: number;
  readonly chroma: '4:0:0' | '4:2:0' | '4:2:2' | '4:4:4';
  readonly bitDepth: number;
  readonly referenceFrames: number;
  readonly width: number;
  readonly height: number;
  /** VUI, absent when not signalled */
  readonly fullRange?: boolean;
  readonly matrix?: number;
  readonly reorderFrames?: number;
}

const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128]);
const CHROMA = ['4:0:0', '4:2:0', '4:2:2', '4:4:4'] as const;

/**
 * @param unit the NAL unit from its header byte on
 * @throws RangeError when it ends early or has a scaling matrix, which no encoder here writes
 */
export function parseSequenceParameters(unit: Buffer): SequenceParameters {
  const bits = new BitReader(unescape(unit.subarray(1)));
  const profile = bits.u(8);
  bits.u(8);
  const level = bits.u(8);
  bits.ue();
  let chroma = 1;
  let bitDepth = 8;
  if (HIGH_PROFILES.has(profile)) {
    chroma = bits.ue();
    if (chroma === 3) bits.u(1);
    bitDepth = bits.ue() + 8;
    bits.ue();
    bits.u(1);
    if (bits.u(1)) throw new RangeError('the SPS has a scaling matrix');
  }
  bits.ue();
  const orderType = bits.ue();
  if (orderType === 0) bits.ue();
  else if (orderType === 1) throw new RangeError('picture order type 1');
  const referenceFrames = bits.ue();
  bits.u(1);
  const widthInBlocks = bits.ue() + 1;
  const heightInUnits = bits.ue() + 1;
  const frameOnly = bits.u(1);
  if (!frameOnly) bits.u(1);
  bits.u(1);
  const crop = bits.u(1) ? [bits.ue(), bits.ue(), bits.ue(), bits.ue()] : [0, 0, 0, 0];
  const unitX = chroma === 1 || chroma === 2 ? 2 : 1;
  const unitY = (chroma === 1 ? 2 : 1) * (2 - frameOnly);
  return {
    profile,
    level,
    chroma: CHROMA[chroma] ?? '4:2:0',
    bitDepth,
    referenceFrames,
    width: widthInBlocks * 16 - (crop[0]! + crop[1]!) * unitX,
    height: heightInUnits * 16 * (2 - frameOnly) - (crop[2]! + crop[3]!) * unitY,
    ...(bits.u(1) && usability(bits)),
  };
}

function usability(
  bits: BitReader,
): Pick<SequenceParameters, 'fullRange' | 'matrix' | 'reorderFrames'> {
  const found: { fullRange?: boolean; matrix?: number; reorderFrames?: number } = {};
  if (bits.u(1) && bits.u(8) === 255) bits.u(32);
  if (bits.u(1)) bits.u(1);
  if (bits.u(1)) {
    bits.u(3);
    found.fullRange = bits.u(1) === 1;
    if (bits.u(1)) {
      bits.u(16);
      found.matrix = bits.u(8);
    }
  }
  if (bits.u(1)) {
    bits.ue();
    bits.ue();
  }
  if (bits.u(1)) {
    bits.u(32);
    bits.u(32);
    bits.u(1);
  }
  const nalHrd = bits.u(1);
  if (nalHrd) skipHrd(bits);
  const vclHrd = bits.u(1);
  if (vclHrd) skipHrd(bits);
  if (nalHrd || vclHrd) bits.u(1);
  bits.u(1);
  if (bits.u(1)) {
    bits.u(1);
    for (let i = 0; i < 4; i++) bits.ue();
    found.reorderFrames = bits.ue();
  }
  return found;
}

function skipHrd(bits: BitReader): void {
  const count = bits.ue() + 1;
  bits.u(8);
  for (let i = 0; i < count; i++) {
    bits.ue();
    bits.ue();
    bits.u(1);
  }
  bits.u(20);
}

/** Takes the emulation prevention bytes out. */
function unescape(bytes: Buffer): Buffer {
  const plain: number[] = [];
  for (let i = 0, zeros = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    plain.push(byte);
  }
  return Buffer.from(plain);
}

class BitReader {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  u(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.#at++) {
      const byte = this.#bytes[this.#at >> 3];
      if (byte === undefined) throw new RangeError('the SPS ends early');
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }

  ue(): number {
    let zeros = 0;
    while (this.u(1) === 0)
      if (++zeros > 31) throw new RangeError('a number in the SPS is too long');
    return 2 ** zeros - 1 + this.u(zeros);
  }
}
