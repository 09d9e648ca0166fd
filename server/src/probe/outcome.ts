/** Documented in docs/3-reference/probe.md; never renumbered. */
export const EXIT = {
  good: 0,
  /** measured, but a stream would suffer */
  remarks: 1,
  usage: 2,
  unreachable: 3,
  notPaired: 4,
  refused: 5,
  failed: 6,
  /** Ctrl-C */
  interrupted: 130,
} as const;

/** Nothing was measured; code and exit are for scripts, the sentence for the person. */
export class ProbeFailure extends Error {
  readonly code: string;
  readonly exit: number;

  constructor(exit: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProbeFailure';
    this.exit = exit;
    this.code = code;
  }
}
