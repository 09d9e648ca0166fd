import { EventEmitter, once } from 'node:events';
import { Worker } from 'node:worker_threads';

import type { Logger } from 'pino';

import type { HdrMetadata } from '../../native/hdr-metadata.ts';
import type { LoopDelay } from '../../telemetry/loop-delay.ts';
import type {
  ControlPlane,
  ControlPlaneEvents,
  ControlPlaneOptions,
  ControlSettings,
  ExpectedClient,
  InputTarget,
} from './control-plane.ts';
import type { ControlWorkerData, WorkerCall, WorkerReport } from './worker-messages.ts';

export interface ControlWorkerOptions {
  /** the program that calls `runControlWorker` when its `workerData.role` is `control` */
  readonly file: string;
  readonly log: Logger;
  /** told the kernel's id of each worker's thread once it runs, for real-time class */
  readonly onThread?: (thread: number) => void;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Milliseconds until a worker that died is replaced; the ports of its streams' media are free by then. */
const REPLACE_AFTER = 1000;

const YOUNG_GENERATION_MB = 6;

/**
 * The control plane on a thread of its own, as the main thread sees it. A thread that dies takes its streams
 * with it, and another one takes its place for the next.
 */
export class ControlWorker extends EventEmitter<ControlPlaneEvents> implements ControlPlane {
  readonly #file: string;
  readonly #log: Logger;
  readonly #onThread: ((thread: number) => void) | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #worker!: Worker;
  #ended!: Promise<unknown>;
  #thread!: Promise<number | undefined>;
  #opened: ControlPlaneOptions | undefined;
  #replacement: NodeJS.Timeout | undefined;
  #delay: LoopDelay | undefined;
  #calls = 0;
  #closing: Promise<void> | undefined;
  #gone = false;

  constructor({ file, log, onThread }: ControlWorkerOptions) {
    super();
    this.#file = file;
    this.#log = log;
    this.#onThread = onThread;
    this.#start();
  }

  /** resolves with the kernel's thread id, for real-time class; undefined where it cannot be read */
  get thread(): Promise<number | undefined> {
    return this.#thread;
  }

  /** of the worker's event loop; undefined in its first ten seconds */
  get delay(): LoopDelay | undefined {
    return this.#gone ? undefined : this.#delay;
  }

  async open(options: ControlPlaneOptions): Promise<void> {
    await this.#ask('open', options);
    this.#opened = options;
  }

  expect(launch: ExpectedClient): void {
    this.#tell('expect', launch);
  }

  configure(launch: number, settings: ControlSettings): void {
    this.#tell('configure', launch, settings);
  }

  aim(launch: number, target: InputTarget): void {
    this.#tell('aim', launch, target);
  }

  async openGamepads(owner: number, clientName: string, attached: number): Promise<void> {
    await this.#ask('openGamepads', owner, clientName, attached);
  }

  closeGamepads(owner: number): void {
    this.#tell('closeGamepads', owner);
  }

  async end(launch: number, terminationCode?: number): Promise<void> {
    if (this.#gone) return;
    await this.#ask('end', launch, terminationCode);
  }

  setHdrMode(launch: number, enabled: boolean, metadata?: HdrMetadata): void {
    this.#tell('setHdrMode', launch, enabled, metadata);
  }

  async counters(): Promise<Readonly<Record<string, number>>> {
    return (await this.#ask('counters')) as Record<string, number>;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#replacement);
    if (!this.#gone) await this.#ask('close').catch(() => undefined);
    await this.#ended;
  }

  #start(): void {
    const workerData: ControlWorkerData = { role: 'control', logLevel: this.#log.level };
    const worker = new Worker(this.#file, {
      workerData,
      name: 'control',
      // Input and control messages are small and short-lived: little memory, and short collections.
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    this.#worker = worker;
    this.#gone = false;
    this.#ended = once(worker, 'exit').catch(() => undefined);
    this.#thread = new Promise((resolve) => {
      worker.on('message', (report: WorkerReport) => {
        if (report.kind === 'started') {
          resolve(report.thread);
          if (report.thread !== undefined) this.#onThread?.(report.thread);
        } else {
          this.#take(report);
        }
      });
      worker.once('exit', () => resolve(undefined));
    });
    worker.on('error', (error) => this.#fail(worker, error.message));
    worker.on('exit', (code) => this.#fail(worker, `it ended with code ${code}`));
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
      case 'delay':
        this.#delay = report.delay;
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

  #fail(worker: Worker, reason: string): void {
    if (this.#gone || worker !== this.#worker) return;
    this.#gone = true;
    const message = `The control worker, which serves input and control of every stream, is gone: ${reason}.`;
    for (const { reject } of this.#waiting.values()) reject(new Error(message));
    this.#waiting.clear();
    if (this.#closing) return;
    this.#log.error({ reason }, 'the control worker is gone');
    this.emit('fault', message);
    const options = this.#opened;
    if (options) this.#replacement = setTimeout(() => this.#replace(options), REPLACE_AFTER);
  }

  #replace(options: ControlPlaneOptions): void {
    this.#start();
    const worker = this.#worker;
    this.#ask('open', options).then(
      () => this.#log.info('another control worker is open'),
      (error: unknown) => {
        this.#log.error({ err: error }, 'another control worker could not open its ports');
        // Its end brings the next attempt.
        void worker.terminate();
      },
    );
  }
}
