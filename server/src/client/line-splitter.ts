/** Longer than any line that a host sends: 64 steps of a speed test take 8 kB. */
const MAX_LINE = 64 * 1024;

/** Bytes as they come → lines of UTF-8, without their ends. */
export class LineSplitter {
  #rest = Buffer.alloc(0);

  /**
   * @returns the lines that this chunk completes; empty ones are left out
   * @throws RangeError when a line is longer than 64 KB
   */
  push(chunk: Uint8Array): string[] {
    const bytes = Buffer.concat([this.#rest, chunk]);
    const lines: string[] = [];
    let from = 0;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
      this.#check(at - from);
      const line = bytes.toString('utf8', from, at).replace(/\r$/, '');
      if (line !== '') lines.push(line);
      from = at + 1;
    }
    this.#check(bytes.length - from);
    this.#rest = bytes.subarray(from);
    return lines;
  }

  #check(length: number): void {
    if (length > MAX_LINE) throw new RangeError('The host sent a line without an end.');
  }
}
