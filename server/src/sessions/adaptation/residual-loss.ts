/** Parity never asks for more (issue: 5 % to 50 %): beyond, the picture suffers more from it than from the loss. */
export const MOST_PARITY = 50;
export const LEAST_PARITY = 5;

/** A block may fail this often: at 60 frames a second one lost frame in some minutes. */
const TOLERATED_FAILURE = 1e-4;

/** All of a block's packets, data and parity, share 8-bit indices (protocol 4 §4). */
const MOST_SHARDS = 255;

/** The shape of what is sent, as far as parity depends on it. */
export interface BlockShape {
  /** data packets of a usual frame, at least 1 */
  readonly frameData: number;
  /** the client's minimum of parity packets per block */
  readonly leastParity: number;
}

/** Data packets of one block of a frame, which is cut into blocks when it is large (protocol 4 §4). */
export function blockData(frameData: number, percentage: number): number {
  const most = Math.floor((MOST_SHARDS * 100) / (100 + percentage));
  const blocks = Math.max(1, Math.ceil(frameData / most));
  return Math.max(1, Math.ceil(frameData / blocks));
}

/** Parity packets of a block with so many data packets. */
export function blockParity(data: number, percentage: number, leastParity: number): number {
  if (percentage <= 0) return 0;
  return Math.max(Math.ceil((data * percentage) / 100), leastParity);
}

/**
 * How likely a block loses more packets than it has parity. Losses come in runs of `burst` packets that begin
 * anywhere with the same chance: a block survives as many runs as fit into its parity.
 *
 * @param loss share of all packets, 0…1
 * @param burst packets lost in a row, at least 1
 */
export function blockFailure(data: number, parity: number, loss: number, burst: number): number {
  if (loss <= 0) return 0;
  const chance = Math.min(loss / burst, 1);
  if (chance >= 1) return 1;
  const survived = Math.floor(parity / burst);
  const packets = data + parity;
  let term = (1 - chance) ** packets;
  let sum = term;
  for (let runs = 1; runs <= Math.min(survived, packets); runs += 1) {
    term *= ((packets - runs + 1) / runs) * (chance / (1 - chance));
    sum += term;
  }
  return Math.min(1, Math.max(0, 1 - sum));
}

/** The same for the blocks of usual frames, and for those of half their size, which parity protects worse. */
function usualFailure(shape: BlockShape, percentage: number, loss: number, burst: number): number {
  const failures = [1, 0.5].map((size) => {
    const data = blockData(Math.max(1, shape.frameData * size), percentage);
    return blockFailure(data, blockParity(data, percentage, shape.leastParity), loss, burst);
  });
  return Math.max(...failures);
}

/** The least parity, 5 to 50 %, with which a block hardly ever fails at this loss. */
export function neededParity(shape: BlockShape, loss: number, burst: number): number {
  for (let percentage = LEAST_PARITY; percentage < MOST_PARITY; percentage += 1) {
    if (usualFailure(shape, percentage, loss, burst) <= TOLERATED_FAILURE) return percentage;
  }
  return MOST_PARITY;
}

/**
 * The loss of packets that explains how many frames are lost, for clients that report nothing else.
 *
 * @param failing share of the frames, 0…1
 * @returns 0…1
 */
export function lossBehind(shape: BlockShape, percentage: number, failing: number): number {
  if (failing <= 0) return 0;
  const data = blockData(shape.frameData, percentage);
  const parity = blockParity(data, percentage, shape.leastParity);
  let [low, high] = [0, 1];
  for (let step = 0; step < 24; step += 1) {
    const middle = (low + high) / 2;
    if (blockFailure(data, parity, middle, 1) < failing) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
