import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import type { Logger } from 'pino';

import type {
  DiscoveryCounters,
  DiscoveryReport,
  DiscoveryRequest,
  DiscoveryWorkerData,
} from './discovery-messages.ts';

export interface DiscoveryWorkerOptions extends DiscoveryWorkerData {
  /** a program that calls `runDiscoveryWorker` */
  readonly file: string;
  readonly log: Logger;
}

/** Milliseconds until a worker that died is replaced. */
const REPLACE_AFTER = 5000;
/** Milliseconds in which the worker says what it counted. */
const ANSWER_LIMIT = 1000;
/** Milliseconds for the goodbyes at the end. */
const CLOSE_LIMIT = 2000;
/** It answers a few questions an hour: V8 gets little memory, and collects it early. */
const MEMORY = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32 } as const;

/**
 * Discovery on a thread of its own. Everybody on the network may send to its port, whatever the host is told of
 * them, so that not one datagram of it is read where streams are controlled.
 */
export class DiscoveryWorker {
  readonly #options: DiscoveryWorkerOptions;
  readonly #counting: ((counters: Readonly<Record<string, number>>) => void)[] = [];
  #worker: Worker | undefined;
  #replacement: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: DiscoveryWorkerOptions) {
    this.#options = options;
  }

  /** Never throws: a host can be added in the client by its address. */
  open(): void {
    const { file, log, port, hostName, addresses } = this.#options;
    const workerData: DiscoveryWorkerData = { port, hostName, addresses };
    const worker = new Worker(file, { workerData, name: 'discovery', resourceLimits: MEMORY });
    this.#worker = worker;
    worker.on('message', (said: DiscoveryReport | DiscoveryCounters) => {
      if ('counters' in said) {
        for (const counted of this.#counting.splice(0)) counted(said.counters);
      } else {
        log[said.level](said.fields, said.message);
      }
    });
    worker.on('error', (error) => log.warn({ err: error }, 'the discovery worker failed'));
    worker.once('exit', () => this.#replace());
  }

  /** What was refused or malformed, by kind; nothing while the worker does not answer. */
  counters(): Promise<Readonly<Record<string, number>>> {
    const worker = this.#worker;
    if (!worker) return Promise.resolve({});
    return new Promise((resolve) => {
      const limit = setTimeout(() => resolve({}), ANSWER_LIMIT);
      this.#counting.push((counters) => {
        clearTimeout(limit);
        resolve(counters);
      });
      worker.postMessage('counters' satisfies DiscoveryRequest);
    });
  }

  /** Says goodbye to whoever keeps the host's records. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#replacement);
    const worker = this.#worker;
    this.#worker = undefined;
    if (!worker) return;
    const ended = once(worker, 'exit').catch(() => undefined);
    worker.postMessage('close' satisfies DiscoveryRequest);
    const limit = setTimeout(() => void worker.terminate(), CLOSE_LIMIT);
    await ended;
    clearTimeout(limit);
  }

  #replace(): void {
    if (this.#closing) return;
    this.#worker = undefined;
    this.#options.log.warn('Clients do not find the host by themselves for some seconds.');
    this.#replacement = setTimeout(() => this.open(), REPLACE_AFTER);
  }
}
