/** How the messages of a protocol begin. */
export interface Framing<Head> {
  /** bytes of the header */
  readonly header: number;
  /** bytes of the longest message that is taken, with its header */
  readonly longest: number;
  /** @returns the length of the message with its header, and what else the header says */
  readonly read: (header: Buffer) => { readonly size: number; readonly head: Head };
}

/** Cuts a stream of bytes into messages. */
export class MessageSplitter<Head> {
  readonly #framing: Framing<Head>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(framing: Framing<Head>) {
    this.#framing = framing;
  }

  /** @throws Error when the bytes are no messages */
  push(bytes: Buffer): (Head & { readonly body: Buffer })[] {
    const { header, longest, read } = this.#framing;
    let rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    const messages: (Head & { readonly body: Buffer })[] = [];
    while (rest.length >= header) {
      const { size, head } = read(rest);
      if (size < header || size > longest) throw new Error(`a message of ${size} bytes`);
      if (rest.length < size) break;
      messages.push({ ...head, body: rest.subarray(header, size) });
      rest = rest.subarray(size);
    }
    this.#rest = rest;
    return messages;
  }
}
