import { accumulate, invertMatrix } from './galois.ts';

/** A systematic code: `rows[j][i]` is what data shard i contributes to parity shard j. */
export type ParityMatrix = readonly Uint8Array[];

/** The audio code, 4 data and 2 parity shards (protocol 5 §3). */
export const AUDIO_MATRIX: ParityMatrix = [
  Uint8Array.of(0x77, 0x40, 0x38, 0x0e),
  Uint8Array.of(0xc7, 0xa7, 0x0d, 0x6c),
];

/** One parity shard of complete data. */
export function parityShard(
  row: Uint8Array,
  data: readonly Uint8Array[],
  length = data[0]!.length,
): Uint8Array {
  const parity = new Uint8Array(length);
  data.forEach((shard, i) => accumulate(parity, shard, row[i]!));
  return parity;
}

/**
 * Fills in the missing data shards of one block.
 *
 * @param shards k data shards, then m parity shards, all of one length; `undefined` is erased. Missing data
 *   shards are written into this array.
 * @returns the indexes that were recovered, empty when nothing was missing, `undefined` when too few arrived
 */
export function recover(
  matrix: ParityMatrix,
  shards: (Uint8Array | undefined)[],
): number[] | undefined {
  const dataShards = matrix[0]!.length;
  const erased: number[] = [];
  for (let i = 0; i < dataShards; i++) if (!shards[i]) erased.push(i);
  if (erased.length === 0) return [];

  const used: number[] = [];
  for (let j = 0; j < matrix.length && used.length < erased.length; j++) {
    if (shards[dataShards + j]) used.push(j);
  }
  if (used.length < erased.length) return undefined;

  // What each parity shard says about the erased ones alone.
  const syndromes = used.map((j) => {
    const syndrome = Uint8Array.from(shards[dataShards + j]!);
    for (let i = 0; i < dataShards; i++) {
      if (shards[i]) accumulate(syndrome, shards[i]!, matrix[j]![i]!);
    }
    return syndrome;
  });
  const solution = invertMatrix(used.map((j) => Uint8Array.from(erased, (i) => matrix[j]![i]!)));
  erased.forEach((index, e) => {
    const shard = new Uint8Array(syndromes[0]!.length);
    syndromes.forEach((syndrome, j) => accumulate(shard, syndrome, solution[e]![j]!));
    shards[index] = shard;
  });
  return erased;
}
