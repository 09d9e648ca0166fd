/**
 * GF(2^8) with the polynomial 0x11D and generator 2 (protocol 4 §5), written for the receiver: the host's own
 * arithmetic lives in C++, and the two check each other.
 */

const EXP = new Uint8Array(512);
const LOG = new Uint8Array(256);
for (let power = 0, value = 1; power < 255; power++) {
  EXP[power] = value;
  EXP[power + 255] = value;
  LOG[value] = power;
  value <<= 1;
  if (value & 0x100) value ^= 0x11d;
}

/** Product of two field elements, 0…255. */
export function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : EXP[LOG[a]! + LOG[b]!]!;
}

/** @param a 1…255 @throws RangeError for 0, which has no inverse */
export function invert(a: number): number {
  if (a === 0) throw new RangeError('0 has no inverse in GF(256)');
  return EXP[255 - LOG[a]!]!;
}

const rows: (Uint8Array | undefined)[] = [];

/** The 256 products of one coefficient, kept after first use. */
function productsOf(coefficient: number): Uint8Array {
  let row = rows[coefficient];
  if (!row) {
    row = Uint8Array.from({ length: 256 }, (_, value) => multiply(coefficient, value));
    rows[coefficient] = row;
  }
  return row;
}

/** target[i] ^= coefficient * source[i] for i in [from, source.length). */
export function accumulate(
  target: Uint8Array,
  source: Uint8Array,
  coefficient: number,
  from = 0,
): void {
  if (coefficient === 0) return;
  const products = productsOf(coefficient);
  for (let i = from; i < source.length; i++) target[i]! ^= products[source[i]!]!;
}

/**
 * Inverse of a square matrix by Gauss-Jordan elimination.
 *
 * @throws RangeError when the matrix is singular
 */
export function invertMatrix(matrix: readonly Uint8Array[]): Uint8Array[] {
  const size = matrix.length;
  const left = matrix.map((row) => Uint8Array.from(row));
  const right = matrix.map((_, r) => {
    const row = new Uint8Array(size);
    row[r] = 1;
    return row;
  });
  for (let column = 0; column < size; column++) {
    const pivot = left.findIndex((row, r) => r >= column && row[column] !== 0);
    if (pivot < 0) throw new RangeError('the matrix is singular');
    [left[column], left[pivot]] = [left[pivot]!, left[column]!];
    [right[column], right[pivot]] = [right[pivot]!, right[column]!];
    const scale = invert(left[column]![column]!);
    for (let i = 0; i < size; i++) {
      left[column]![i] = multiply(left[column]![i]!, scale);
      right[column]![i] = multiply(right[column]![i]!, scale);
    }
    for (let row = 0; row < size; row++) {
      const factor = left[row]![column]!;
      if (row === column || factor === 0) continue;
      accumulate(left[row]!, left[column]!, factor);
      accumulate(right[row]!, right[column]!, factor);
    }
  }
  return right;
}
