import { COLUMNS } from './columns.ts';
import type { SampleTable } from './sample-table.ts';
import type { MeasuredSecond } from '../sessions/stream-events.ts';

/** rows that are taken and given back together */
const CHUNK = 512;

interface Chunk {
  readonly times: Float64Array;
  /** column after column, CHUNK rows each */
  readonly values: Float32Array;
}

const newChunk = (): Chunk => ({
  times: new Float64Array(CHUNK),
  values: new Float32Array(CHUNK * COLUMNS.length),
});

/**
 * The last seconds of a stream, in bounded memory: it grows with the stream, and once it is full the oldest make room.
 * Rows are counted from the stream's beginning, so a reader knows what it has seen.
 */
export class SampleRing {
  readonly #capacity: number;
  readonly #chunks: Chunk[] = [];
  /** of the oldest row that is kept, and of the next one */
  #first = 0;
  #next = 0;

  /** @param capacity rows that are kept at the least; up to a chunk more are */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** the number of the oldest row that is kept: so many are gone */
  get first(): number {
    return this.#first;
  }

  /** the number that the next row gets */
  get next(): number {
    return this.#next;
  }

  /** bytes that the rows take */
  get bytes(): number {
    return this.#chunks.length * (CHUNK * 8 + CHUNK * COLUMNS.length * 4);
  }

  push(second: MeasuredSecond): void {
    const place = this.#next % CHUNK;
    if (place === 0) {
      const full = this.#next - this.#first >= this.#capacity + CHUNK;
      const oldest = full ? this.#chunks.shift() : undefined;
      if (oldest) this.#first += CHUNK;
      this.#chunks.push(oldest ?? newChunk());
    }
    const { times, values } = this.#chunks.at(-1)!;
    times[place] = second.at;
    for (const [index, { read }] of COLUMNS.entries()) {
      values[index * CHUNK + place] = read(second) ?? NaN;
    }
    this.#next += 1;
  }

  /**
   * A copy of the rows from number `from` on, those that are kept.
   *
   * @param origin of the table's times, on the clock of the seconds
   */
  table(from: number, origin: number, to = this.#next): SampleTable {
    const begin = Math.min(Math.max(from, this.#first), to);
    const length = to - begin;
    const times = new Float64Array(length);
    const columns = new Map<string, Float32Array>();
    for (const { name } of COLUMNS) columns.set(name, new Float32Array(length));
    for (let row = 0; row < length;) {
      const kept = begin + row - this.#first;
      const chunk = this.#chunks[Math.floor(kept / CHUNK)]!;
      const place = kept % CHUNK;
      const count = Math.min(CHUNK - place, length - row);
      for (let i = 0; i < count; i += 1) times[row + i] = chunk.times[place + i]! - origin;
      for (const [index, { name }] of COLUMNS.entries()) {
        const start = index * CHUNK + place;
        columns.get(name)!.set(chunk.values.subarray(start, start + count), row);
      }
      row += count;
    }
    for (const [name, values] of columns) {
      if (values.every((value) => Number.isNaN(value))) columns.delete(name);
    }
    return { times, columns };
  }
}
