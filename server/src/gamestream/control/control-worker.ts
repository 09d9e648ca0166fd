import { EventEmitter, once } from 'node:events';
import { Worker } from 'node:worker_threads';

import type { Logger } from 'pino';

import type {
  ControlPlane,
  ControlPlaneEvents,
  ControlPlaneOptions,
  ControlSettings,
  ExpectedClient,
} from './control-plane.ts';
import type { ControlWorkerData, WorkerCall, WorkerReport } from './worker-messages.ts';

export interface ControlWorkerOptions {
  /** the program that calls `runControlWorker` when its `workerData.role` is `control` */
  readonly file: string;
  readonly log: Logger;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** The control plane on a thread of its own, as the main thread sees it. */
export class ControlWorker extends EventEmitter<ControlPlaneEvents> implements ControlPlane {
  readonly #worker: Worker;
  readonly #log: Logger;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<unknown>;
  #calls = 0;
  #closing: Promise<void> | undefined;
  #gone = false;
  /** resolves with the kernel's thread id, for real-time class; undefined where it cannot be read */
  readonly thread: Promise<number | undefined>;

  constructor({ file, log }: ControlWorkerOptions) {
    super();
    this.#log = log;
    const workerData: ControlWorkerData = { role: 'control', logLevel: log.level };
    this.#worker = new Worker(file, { workerData, name: 'control' });
    this.#ended = once(this.#worker, 'exit').catch(() => undefined);
    this.thread = new Promise((resolve) => {
      this.#worker.on('message', (report: WorkerReport) => {
        if (report.kind === 'started') resolve(report.thread);
        else this.#take(report);
      });
      this.#worker.once('exit', () => resolve(undefined));
    });
    this.#worker.on('error', (error) => this.#fail(error.message));
    this.#worker.on('exit', (code) => this.#fail(`it ended with code ${code}`));
  }

  async open(options: ControlPlaneOptions): Promise<void> {
    await this.#ask('open', options);
  }

  expect(launch: ExpectedClient): void {
    this.#tell('expect', launch);
  }

  configure(session: number, settings: ControlSettings): void {
    this.#tell('configure', session, settings);
  }

  async end(session: number, terminationCode?: number): Promise<void> {
    if (this.#gone) return;
    await this.#ask('end', session, terminationCode);
  }

  setHdrMode(session: number, enabled: boolean): void {
    this.#tell('setHdrMode', session, enabled);
  }

  async counters(): Promise<Readonly<Record<string, number>>> {
    return (await this.#ask('counters')) as Record<string, number>;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (!this.#gone) await this.#ask('close').catch(() => undefined);
    await this.#ended;
  }

  #tell(method: WorkerCall['method'], ...args: unknown[]): void {
    if (!this.#gone) this.#worker.postMessage({ method, args } satisfies WorkerCall);
  }

  #ask(method: WorkerCall['method'], ...args: unknown[]): Promise<unknown> {
    if (this.#gone) return Promise.reject(new Error('The control worker has ended.'));
    this.#calls += 1;
    const id = this.#calls;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, method, args } satisfies WorkerCall);
    });
  }

  #take(report: WorkerReport): void {
    switch (report.kind) {
      case 'reply': {
        const waiting = this.#waiting.get(report.id);
        this.#waiting.delete(report.id);
        if (report.error === undefined) waiting?.resolve(report.value);
        else waiting?.reject(new Error(report.error));
        return;
      }
      case 'event':
        (this as EventEmitter).emit(report.event, ...report.args);
        return;
      case 'log':
        this.#write(report.line);
        return;
      case 'started':
        return;
    }
  }

  /** A line of the worker's log goes through the main thread's, with its own level and fields. */
  #write(line: string): void {
    const { level, msg, ...fields } = JSON.parse(line);
    const name = this.#log.levels.labels[level as number] as 'info' | undefined;
    this.#log[name ?? 'info'](fields, msg);
  }

  #fail(reason: string): void {
    if (this.#gone) return;
    this.#gone = true;
    const message = `The control worker, which serves input and control of every stream, is gone: ${reason}.`;
    for (const { reject } of this.#waiting.values()) reject(new Error(message));
    this.#waiting.clear();
    if (!this.#closing) this.emit('fault', message);
  }
}
