import { OptionError } from '../config/option-error.ts';
import { sheet } from '../terminal/table.ts';
import { examineHost } from './doctor.ts';
import { exitCodeOf } from './finding.ts';
import type { Finding } from './finding.ts';

const WORDS = { good: 'good', note: 'note', bad: 'BAD' } as const;

export interface DoctorProgram {
  /** what the running host found; undefined: none runs */
  readonly ask: () => Promise<readonly Finding[] | undefined>;
  readonly data: string;
  readonly basePort: number;
  readonly adminPort: number;
  /** the words after `doctor` */
  readonly words: readonly string[];
  readonly write: (text: string) => void;
}

/**
 * `earthshine doctor [--json]`: what stands between this machine and a good stream. Asks the host that runs; without one
 * it looks at the machine by itself.
 *
 * @returns 0 all is good, 3 something may make streams worse, 1 something keeps them away
 */
export async function runDoctor(program: DoctorProgram): Promise<number> {
  const { data, basePort, adminPort, words, write } = program;
  const unknown = words.find((word) => word !== '--json');
  if (unknown !== undefined) {
    throw new OptionError(`"${unknown}" is not known here. Use: earthshine doctor [--json]`);
  }
  const json = words.length > 0;
  const findings =
    (await program.ask()) ?? (await examineHost({ data, basePort, adminPort, host: undefined }));
  write(json ? `${JSON.stringify({ findings }, null, 2)}\n` : `${present(findings)}\n`);
  return exitCodeOf(findings);
}

/** The worst first; a remedy stands below what it is for. */
export function present(findings: readonly Finding[]): string {
  const rows = findings.flatMap(({ state, reason, remedy }): [string, string][] => [
    [WORDS[state], reason],
    ...(remedy ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line): [string, string] => ['', `  ${line}`]),
  ]);
  const bad = findings.filter(({ state }) => state === 'bad').length;
  const notes = findings.filter(({ state }) => state === 'note').length;
  const end =
    bad + notes === 0
      ? 'Everything that a good stream needs is there.'
      : `${bad} to mend, ${notes} to know of.`;
  return `${sheet(rows)}\n\n${end}`;
}
