import type { DisplayProbe } from './display.ts';

/** This kind of desktop does not run here just now: nothing is wrong with it, and nobody needs to be told. */
export class AbsentDesktop extends Error {
  override readonly name = 'AbsentDesktop';
}

/** What a look says that failed with `error`. */
export function probeOfFailure(
  error: unknown,
  input: DisplayProbe['input'] = [],
): DisplayProbe & { readonly works: false } {
  return {
    works: false,
    absent: error instanceof AbsentDesktop,
    detail: (error as Error).message,
    input,
  };
}
