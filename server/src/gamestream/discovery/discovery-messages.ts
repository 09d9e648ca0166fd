/** What the main thread and the discovery worker say to each other. */

/** What the worker is started with. */
export interface DiscoveryWorkerData {
  /** the plain-HTTP port */
  readonly port: number;
  /** the name that people see */
  readonly hostName: string;
  /** addresses the servers listen on; empty: all */
  readonly addresses: readonly string[];
}

/** One line of the worker's log: what pino's methods take. */
export interface DiscoveryReport {
  readonly level: keyof DiscoveryLog;
  readonly fields: object;
  readonly message: string;
}

/** What discovery says; a thread of its own has no logger, which would be most of its memory. */
export interface DiscoveryLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** The other way round. */
export type DiscoveryRequest = 'counters' | 'close';

/** The answer to `counters`. */
export interface DiscoveryCounters {
  readonly counters: Readonly<Record<string, number>>;
}
