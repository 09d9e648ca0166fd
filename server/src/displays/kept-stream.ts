/**
 * The one stream of a display: begun by whoever asks first, the same for all who ask while it lives, and begun anew
 * after its end.
 */
export class KeptStream<Stream> {
  readonly #begin: (lost: (reason: string) => void) => Promise<Stream>;
  #beginning: Promise<Stream> | undefined;
  #stream: Stream | undefined;

  /** @param begin calls `lost` once when the stream ends by itself; rejects with a sentence */
  constructor(begin: (lost: (reason: string) => void) => Promise<Stream>) {
    this.#begin = begin;
  }

  /** @param lost told of the end of a stream that is begun by this call */
  get(lost: (reason: string) => void): Promise<Stream> {
    const beginning = (this.#beginning ??= this.#start(lost));
    beginning.catch(() => {
      if (this.#beginning === beginning) this.#beginning = undefined;
    });
    return beginning;
  }

  /** For the display's end. One that is still beginning is not waited for: a person may be asked meanwhile. */
  async release(end: (stream: Stream) => unknown): Promise<void> {
    if (this.#stream !== undefined) await end(this.#stream);
    else this.#beginning?.then(end).catch(() => {});
  }

  async #start(lost: (reason: string) => void): Promise<Stream> {
    let over = false;
    const stream = await this.#begin((reason) => {
      over = true;
      this.#beginning = undefined;
      this.#stream = undefined;
      lost(reason);
    });
    if (!over) this.#stream = stream;
    return stream;
  }
}
