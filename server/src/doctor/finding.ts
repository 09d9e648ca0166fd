/** How a condition stands: `bad` keeps streams away or makes them bad, `note` may. */
export type FindingState = 'good' | 'note' | 'bad';

/** One condition of a good stream, as it was found. */
export interface Finding {
  /** of the condition, with `:` and what it is about where there are several: `encoder:libx264` */
  readonly id: string;
  readonly state: FindingState;
  /** in a word, for a page that has its own sentence */
  readonly code: string;
  readonly parameters?: Readonly<Record<string, string | number>>;
  /** what was found, a sentence in English */
  readonly reason: string;
  /** what to do about it; commands stand on lines of their own that begin with `$ ` */
  readonly remedy?: string;
}

const WEIGHTS: Readonly<Record<FindingState, number>> = { bad: 0, note: 1, good: 2 };

/** The worst first; within one state in the order of the conditions. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((one, other) => WEIGHTS[one.state] - WEIGHTS[other.state]);
}

/** The exit codes of `earthshine doctor`, which scripts may rely on. */
export const DOCTOR_EXIT = { good: 0, bad: 1, usage: 2, note: 3 } as const;

export function exitCodeOf(findings: readonly Finding[]): number {
  if (findings.some(({ state }) => state === 'bad')) return DOCTOR_EXIT.bad;
  return findings.some(({ state }) => state === 'note') ? DOCTOR_EXIT.note : DOCTOR_EXIT.good;
}
