import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invert, invertMatrix, multiply } from '../../src/client/galois.ts';
import { AUDIO_MATRIX, parityShard, recover } from '../../src/client/reed-solomon.ts';
import { generatedBytes, readVectors, sha256 } from './vectors.ts';

interface Vectors {
  readonly tables: { readonly inverseOf1to32: string };
  readonly cases: readonly {
    readonly name: string;
    readonly dataShards: number;
    readonly parityShards: number;
    readonly shardBytes: number;
    readonly seed: number;
    readonly matrix: 'cauchy' | 'fixed';
    readonly matrixSha256: string;
    readonly dataSha256: string;
    readonly paritySha256: string;
    readonly erased: readonly number[];
  }[];
}

const vectors = readVectors<Vectors>('reed-solomon');

/** The video code, M[j][i] = inverse((m + i) XOR j) (protocol 4 §5): codes of every size for what the client keeps. */
function cauchyMatrix(dataShards: number, parityShards: number): Uint8Array[] {
  return Array.from({ length: parityShards }, (_, j) =>
    Uint8Array.from({ length: dataShards }, (_, i) => invert((parityShards + i) ^ j)),
  );
}

describe('GF(256)', () => {
  it('has the inverses of the vectors', () => {
    const inverses = Buffer.from(Array.from({ length: 32 }, (_, i) => invert(i + 1)));
    expect(inverses.toString('hex')).toBe(vectors.tables.inverseOf1to32);
  });

  it('inverts matrices: A · A⁻¹ = 1', () => {
    const matrix = cauchyMatrix(9, 9);
    const inverse = invertMatrix(matrix);
    for (let r = 0; r < 9; r++) {
      for (let c = 0; c < 9; c++) {
        let sum = 0;
        for (let i = 0; i < 9; i++) sum ^= multiply(matrix[r]![i]!, inverse[i]![c]!);
        expect(sum).toBe(r === c ? 1 : 0);
      }
    }
  });

  it('refuses a singular matrix', () => {
    expect(() => invertMatrix([Uint8Array.of(1, 1), Uint8Array.of(1, 1)])).toThrow('singular');
  });
});

describe.each(vectors.cases)('$name', (vector) => {
  const { dataShards, parityShards, shardBytes } = vector;
  const matrix = vector.matrix === 'fixed' ? AUDIO_MATRIX : cauchyMatrix(dataShards, parityShards);
  const bytes = generatedBytes(vector.seed);
  const data = Array.from({ length: dataShards }, () =>
    Uint8Array.from({ length: shardBytes }, () => bytes.next().value),
  );
  const parity = matrix.map((row) => parityShard(row, data));

  it('has the matrix, the data and the parity of the vector', () => {
    expect(sha256(...matrix)).toBe(vector.matrixSha256);
    expect(sha256(...data)).toBe(vector.dataSha256);
    expect(sha256(...parity)).toBe(vector.paritySha256);
  });

  it('gives back what the vector erases', () => {
    const shards = [...data, ...parity].map((shard, i) =>
      vector.erased.includes(i) ? undefined : shard,
    );
    expect(recover(matrix, shards)).toEqual(vector.erased.filter((i) => i < dataShards));
    expect(sha256(...(shards.slice(0, dataShards) as Uint8Array[]))).toBe(vector.dataSha256);
  });
});

it('recovers any erasure that leaves k shards', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 24 }),
      fc.integer({ min: 1, max: 12 }),
      fc.infiniteStream(fc.nat(255)),
      (k, m, random) => {
        const next = (): number => random.next().value as number;
        const matrix = cauchyMatrix(k, m);
        const data = Array.from({ length: k }, () => Uint8Array.from({ length: 8 }, next));
        const shards: (Uint8Array | undefined)[] = [
          ...data,
          ...matrix.map((row) => parityShard(row, data)),
        ];
        for (let left = m; left > 0; left--) shards[next() % (k + m)] = undefined;
        expect(recover(matrix, shards)).toBeDefined();
        expect(shards.slice(0, k)).toEqual(data);
      },
    ),
    { numRuns: 500 },
  );
});

it('says so when one shard too many is gone', () => {
  const matrix = cauchyMatrix(4, 2);
  const data = Array.from({ length: 4 }, (_, i) => Uint8Array.of(i, i + 1));
  const parity = matrix.map((row) => parityShard(row, data));
  expect(recover(matrix, [undefined, undefined, undefined, data[3], ...parity])).toBeUndefined();
  expect(
    recover(matrix, [undefined, undefined, ...data.slice(2), parity[0], undefined]),
  ).toBeUndefined();
});
