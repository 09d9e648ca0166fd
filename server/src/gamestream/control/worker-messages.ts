import type { LoopDelay } from '../../telemetry/loop-delay.ts';
import type { ControlPlaneEvents } from './control-plane.ts';

/** What the main thread and the control worker say to each other; keys travel in here and nowhere else. */

/** Methods of the control plane that are called by name; `id` asks for a reply. */
export interface WorkerCall {
  readonly id?: number;
  readonly method:
    | 'open'
    | 'expect'
    | 'configure'
    | 'aim'
    | 'openGamepads'
    | 'closeGamepads'
    | 'end'
    | 'setHdrMode'
    | 'counters'
    | 'close';
  readonly args: readonly unknown[];
}

export type WorkerReport =
  /** `thread` is the kernel's id of the worker's thread, for real-time class */
  | { readonly kind: 'started'; readonly thread?: number }
  | {
      readonly kind: 'reply';
      readonly id: number;
      readonly value?: unknown;
      readonly error?: string;
    }
  | {
      readonly kind: 'event';
      readonly event: keyof ControlPlaneEvents;
      readonly args: readonly unknown[];
    }
  /** every ten seconds */
  | { readonly kind: 'delay'; readonly delay: LoopDelay }
  /** one line of the worker's log, as pino writes it */
  | { readonly kind: 'log'; readonly line: string };

/** What the main thread hands to the worker when it starts it. */
export interface ControlWorkerData {
  readonly role: 'control';
  readonly logLevel: string;
}
