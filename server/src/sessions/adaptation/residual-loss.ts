/** Parity never asks for more (issue: 5 % to 50 %): beyond, the picture suffers more from it than from the loss. */
export const MOST_PARITY = 50;
export const LEAST_PARITY = 5;

/**
 * Runs of losses ask for whole packets instead: of a usual frame and of a small one the same number is lost at once. No
 * more than so many, nor than this share of all that a usual frame sends.
 */
const MOST_LEAST = 20;
const MOST_SHARE = 0.6;
/** Runs are not all as long as their mean. */
const RUN_MARGIN = 1.25;

/** A block may fail this often: at 60 frames a second one lost frame in some minutes. */
const TOLERATED_FAILURE = 1e-4;
/** And this often where packets are lost in runs: against a second run in one block parity costs more than it is worth. */
const TOLERATED_IN_RUNS = 2.5e-3;

/** All of a block's packets, data and parity, share 8-bit indices (protocol 4 §4). */
const MOST_SHARDS = 255;

/** How much parity a block has. */
export interface Parity {
  /** per cent of its data packets */
  readonly percentage: number;
  /** packets at least */
  readonly least: number;
}

/** How losses lie together. */
export interface Runs {
  /** packets lost in a row, at least 1, on average */
  readonly burst: number;
  /** what nearly every damaged block lost at most; absent: it may be a queue that overflows, and more packets would be lost in it too */
  readonly most?: number;
}

/** The shape of what is sent, as far as parity depends on it. */
export interface BlockShape {
  /** data packets of a usual frame, at least 1 */
  readonly frameData: number;
  /** and all that it sends, parity included */
  readonly framePackets: number;
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
function usualFailure(
  frameData: number,
  { percentage, least }: Parity,
  loss: number,
  burst: number,
): number {
  const failures = [1, 0.5].map((size) => {
    const data = blockData(Math.max(1, frameData * size), percentage);
    return blockFailure(data, blockParity(data, percentage, least), loss, burst);
  });
  return Math.max(...failures);
}

/**
 * The least parity with which a block hardly ever fails at this loss: 5 to 50 %, and, where packets are lost in runs, as
 * many packets as one run or more of them need, whatever the frame's size.
 */
export function neededParity(shape: BlockShape, loss: number, runs: Runs): Parity {
  const { frameData, leastParity } = shape;
  const { burst } = runs;
  for (let percentage = LEAST_PARITY; percentage <= MOST_PARITY; percentage += 1) {
    const parity = { percentage, least: leastParity };
    if (usualFailure(frameData, parity, loss, burst) <= TOLERATED_FAILURE) return parity;
  }
  return burst > 1 && runs.most !== undefined
    ? parityForRuns(shape, loss, burst, runs.most)
    : { percentage: MOST_PARITY, least: leastParity };
}

function parityForRuns(
  { frameData, framePackets, leastParity }: BlockShape,
  loss: number,
  burst: number,
  most: number,
): Parity {
  const affordable = Math.min(MOST_LEAST, Math.floor(MOST_SHARE * framePackets));
  let parity = { percentage: MOST_PARITY, least: leastParity };
  for (let runs = 1; runs * burst <= affordable; runs += 1) {
    const wanted = Math.max(Math.ceil(runs * burst * RUN_MARGIN), most);
    const least = Math.min(wanted, affordable);
    const percentage = Math.min(MOST_PARITY, Math.ceil((100 * least) / frameData));
    parity = { percentage, least: Math.max(least, leastParity) };
    if (usualFailure(frameData, parity, loss, burst) <= TOLERATED_IN_RUNS) break;
  }
  return parity;
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
