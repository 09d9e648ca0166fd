import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** One file of `test/vectors`. The caller names the shape it reads. */
export function readVectors<T>(name: string): T {
  const url = new URL(`../../../test/vectors/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as T;
}

/** The byte generator of the vectors: x = (x · 1103515245 + 12345) AND 0x7fffffff, byte = (x >> 16) AND 255. */
export function* generatedBytes(seed: number): Generator<number, never> {
  let x = BigInt(seed);
  for (;;) {
    x = (x * 1103515245n + 12345n) & 0x7fffffffn;
    yield Number((x >> 16n) & 0xffn);
  }
}

export function generate(seed: number, length: number): Buffer {
  const bytes = generatedBytes(seed);
  return Buffer.from(Array.from({ length }, () => bytes.next().value));
}

export function sha256(...parts: Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
