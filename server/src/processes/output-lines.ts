import { StringDecoder } from 'node:string_decoder';

/** Longer lines are cut, so that a command without line ends cannot fill the memory or the log. */
const MAX_LINE_LENGTH = 1000;

/** Turns a command's output into lines: decoded, without control characters, cut, empty ones left out. */
export class OutputLines {
  readonly #decoder = new StringDecoder('utf8');
  readonly #line: (line: string) => void;
  #rest = '';

  constructor(line: (line: string) => void) {
    this.#line = line;
  }

  push(part: Buffer): void {
    const pieces = (this.#rest + this.#decoder.write(part)).split('\n');
    // What is beyond the cut is not needed, however long the line goes on.
    this.#rest = (pieces.pop() ?? '').slice(0, MAX_LINE_LENGTH + 1);
    for (const piece of pieces) this.#emit(piece);
  }

  end(): void {
    this.#emit(this.#rest + this.#decoder.end());
    this.#rest = '';
  }

  #emit(text: string): void {
    const cut = text.length > MAX_LINE_LENGTH ? `${text.slice(0, MAX_LINE_LENGTH)}…` : text;
    const line = cut
      .replace(/\t/g, ' ')
      .replace(/\p{Cc}/gu, '')
      .trimEnd();
    if (line !== '') this.#line(line);
  }
}
