import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LinkCounters, LinkModel } from './link-model.ts';

/** A bad network that the client's video passes through: give `port` to the stream as its `videoPort`. */
export class Link {
  readonly port: number;
  readonly #worker: Worker;

  private constructor(worker: Worker, port: number) {
    this.#worker = worker;
    this.port = port;
  }

  /** @param hostPort the host's video port on 127.0.0.1 */
  static async open(hostPort: number, model: LinkModel): Promise<Link> {
    const worker = new Worker(new URL('link-worker.ts', import.meta.url), {
      workerData: { port: hostPort, model },
    });
    const [message] = (await once(worker, 'message')) as [{ readonly port: number }];
    return new Link(worker, message.port);
  }

  /** Nothing that the host sends passes for so many milliseconds from now on. */
  darken(milliseconds: number): void {
    this.#worker.postMessage({ darkFor: milliseconds });
  }

  async counters(): Promise<LinkCounters> {
    const answer = once(this.#worker, 'message') as Promise<[{ readonly counters: LinkCounters }]>;
    this.#worker.postMessage({});
    return (await answer)[0].counters;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
