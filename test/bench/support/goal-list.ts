import { table } from '../../../server/src/terminal/table.ts';

/** One line `goal N  what   figure   (target)   verdict`. */
export interface Goal {
  readonly name: string;
  readonly what: string;
  readonly figure: string;
  readonly target: string;
  readonly verdict: string;
}

const LINE = /^goal (\S+)\s+(.*?)\s+(pass|FALLS SHORT|not measured: .*?)\s*$/;

/** Finds the goals in what benchmarks printed; whatever else they say is passed over. */
export function readGoals(text: string): Goal[] {
  return text.split('\n').flatMap((line) => {
    const [, name, middle, verdict] = LINE.exec(line) ?? [];
    if (name === undefined) return [];
    const { text: rest, target } = withoutTarget(middle!);
    const [what = '', ...figure] = rest.split(/\s{2,}/);
    return [{ name, what, figure: figure.join(' '), target, verdict: verdict! }];
  });
}

/** The target is what stands in brackets at the end; there may be brackets in it. */
function withoutTarget(text: string): { readonly text: string; readonly target: string } {
  if (!text.endsWith(')')) return { text, target: '' };
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at--) {
    if (text[at] === ')') depth++;
    if (text[at] === '(' && --depth === 0) {
      return { text: text.slice(0, at).trimEnd(), target: text.slice(at + 1, -1) };
    }
  }
  return { text, target: '' };
}

/** A table for a terminal, by number, then in the order in which they were measured. */
export function formatGoals(goals: readonly Goal[], colours = false): string {
  const rows = goals
    .map((goal, order) => ({ ...goal, order }))
    .sort((a, b) => rank(a.name) - rank(b.name) || a.order - b.order)
    .map(({ name, what, figure, target, verdict }) => [name, what, figure, target, verdict]);
  const head = ['goal', 'what', 'figure', 'target', 'verdict'];
  const [heading, ...lines] = table(head, rows).split('\n');
  const painted = lines.map((text, index) => {
    if (!colours) return text;
    const verdict = rows[index]![4];
    const colour = verdict === 'pass' ? 32 : verdict === 'FALLS SHORT' ? 31 : 33;
    return `\x1b[${colour}m${text}\x1b[0m`;
  });
  const count = (verdict: string): number =>
    rows.filter((row) => row[4]!.startsWith(verdict)).length;
  return [
    heading,
    ...painted,
    '',
    `${count('pass')} pass, ${count('FALLS')} fall short, ${count('not')} not measured`,
  ].join('\n');
}

function rank(name: string): number {
  return /^\d+$/.test(name) ? Number(name) : 1000;
}
