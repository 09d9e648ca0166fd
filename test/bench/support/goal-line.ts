/** How one goal of the table in docs/4-evidence/measurements.md fared; `absent`: it could not be measured, and why. */
export type Verdict = boolean | { readonly absent: string };

/**
 * Prints one line that `scripts/bench` puts into its table. A figure is a fact: nothing fails because of it.
 *
 * @param goal its number, or a word for what has none
 * @param figure with its unit
 * @param target as the goal says it
 */
export function sayGoal(
  goal: number | string,
  what: string,
  figure: string,
  target: string,
  verdict: Verdict,
): void {
  const said =
    typeof verdict === 'object'
      ? `not measured: ${verdict.absent}`
      : verdict
        ? 'pass'
        : 'FALLS SHORT';
  console.log(`goal ${goal}  ${what}   ${figure}   (${target})   ${said}`);
}

/** What is being done, on standard error. */
export function sayProgress(what: string): void {
  process.stderr.write(`  … ${what}\n`);
}
