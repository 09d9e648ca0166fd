import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import fc from 'fast-check';

/** How many random inputs a fuzz test tries. */
export const FUZZ_RUNS = Number(process.env['EARTHSHINE_FUZZ_RUNS'] ?? 50_000);

/** The kept inputs of one parser: each file is one, as raw bytes. They are replayed before random ones. */
export function keptInputs(parser: string): { name: string; bytes: Buffer }[] {
  const folder = path.join(import.meta.dirname, parser);
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, bytes: readFileSync(path.join(folder, name)) }));
}

/** Random bytes, and known inputs with some bytes changed, cut off or repeated. */
export function mutations(seeds: readonly Uint8Array[]): fc.Arbitrary<Buffer> {
  const random = fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from(bytes));
  const mutated = fc
    .tuple(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(4095), fc.nat(255)), { maxLength: 6 }),
      fc.nat(4095),
      fc.boolean(),
      fc.uint8Array({ maxLength: 40 }),
    )
    .map(([seed, changes, cut, cuts, tail]) => {
      const bytes = Buffer.concat([seed, tail]);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return cuts ? bytes.subarray(0, cut % (bytes.length + 1)) : bytes;
    });
  return fc.oneof({ weight: 1, arbitrary: random }, { weight: 3, arbitrary: mutated });
}
