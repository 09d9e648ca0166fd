import { chosenRows, LONGEST_STEP, onlyColumns, quantile, rows } from '../sample-table.ts';
import type { SampleTable } from '../sample-table.ts';
import { RULES } from './rules.ts';
import { SIGN_COLUMNS, signsOf } from './signs.ts';
import type { VerdictContext } from './signs.ts';
import { verdictSentence, wordingOf } from './sentences.ts';
import type { VerdictCode, VerdictSeverity, VerdictStage, VerdictValues } from './sentences.ts';

/** What is to be said of a stretch of a stream. */
export interface Verdict {
  readonly severity: VerdictSeverity;
  readonly code: VerdictCode;
  /** whose fault it is; absent: nobody's */
  readonly stage?: VerdictStage;
  /** the evidence: what the sentence is made with */
  readonly values: VerdictValues;
  /** in English */
  readonly sentence: string;
  /** what the owner can do, in English */
  readonly remedy?: string;
}

/** A verdict that held from one moment to another, milliseconds since the recording began. */
export interface Finding extends Verdict {
  readonly from: number;
  readonly to: number;
}

export interface Judgement {
  /** of the whole */
  readonly verdict: Verdict;
  /** what was wrong and when, in the order of time */
  readonly findings: readonly Finding[];
}

/** Rows that a verdict looks at, and how many it takes. */
export const WINDOW = 10;
const LEAST = 5;
/** milliseconds after a start in which keyframes are asked for and round trips found out */
const START = 3_000;
/** Rows up to which each is looked at; of more, every fifth. */
const OFTEN = 1_800;
const SELDOM_STEP = 5;
/** Less of a fault than this is a hiccup: it is among the findings, and is not the verdict. */
const LEAST_TROUBLE = 15_000;
const LEAST_SHARE = 0.01;

export const TOO_EARLY: Verdict = said('too-early', 'unknown', {});

/** Judges a stretch as one. @returns `too-early` for one that is too short */
export function judge(table: SampleTable, context: VerdictContext): Verdict {
  const { times } = table;
  if (times.length === 0) return TOO_EARLY;
  const signs = signsOf(table, context);
  if (signs.seconds < LEAST) return TOO_EARLY;
  for (const { code, look } of RULES) {
    const found = look(signs);
    if (found) return said(code, found.severity, found.values);
  }
  return TOO_EARLY;
}

/**
 * Judges a whole stream: a window moves over it, and what holds longest is the verdict.
 *
 * @param sourceGone the stretches in which the source was gone
 */
export function judgeAll(
  table: SampleTable,
  context: VerdictContext,
  sourceGone: readonly (readonly [from: number, to: number])[] = [],
): Judgement {
  const looked = onlyColumns(table, SIGN_COLUMNS);
  const { times } = looked;
  const step = times.length > OFTEN ? SELDOM_STEP : 1;
  const seen: (Verdict | undefined)[] = [];
  for (const [began, ended] of stretches(looked)) {
    const settles = ended - began > WINDOW ? times[began]! + START : -Infinity;
    for (let row = began; row < ended; row += 1) {
      if (row > began && row % step !== 0) {
        seen.push(seen.at(-1));
        continue;
      }
      const gone = sourceGone.some(
        ([since, until]) => times[row]! >= since && times[row]! <= until,
      );
      // What comes after a second tells of it as much as what was before.
      const from = Math.max(began, Math.min(row - WINDOW / 2, ended - WINDOW));
      const window = rows(looked, from, Math.min(ended, from + WINDOW));
      const verdict =
        times[row]! < settles ? undefined : judge(window, { ...context, sourceGone: gone });
      seen.push(verdict?.stage === undefined ? undefined : verdict);
    }
  }
  return { verdict: overall(looked, context, seen), findings: joined(looked, seen) };
}

/** Rows between which the stream was not broken. Those of a summary stand for more than a second. */
function stretches({ columns, times }: SampleTable): [number, number][] {
  const longest = quantile([...(columns.get('interval') ?? [])], 0.9) ?? 0;
  const step = Math.max(LONGEST_STEP, 1.5 * longest);
  const found: [number, number][] = [];
  for (let row = 0; row < times.length; row += 1) {
    const last = found.at(-1);
    if (last && times[row]! - times[row - 1]! <= step) last[1] = row + 1;
    else found.push([row, row + 1]);
  }
  return found;
}

function joined({ times }: SampleTable, seen: readonly (Verdict | undefined)[]): Finding[] {
  const findings: Finding[] = [];
  for (const [row, verdict] of seen.entries()) {
    if (!verdict) continue;
    const before = seen[row - 1];
    const last = findings.at(-1);
    if (last && before?.code === verdict.code) {
      const worse = verdict.severity === 'bad' || last.severity === 'bad' ? 'bad' : 'warning';
      findings[findings.length - 1] = {
        ...(worse === last.severity ? last : verdict),
        from: last.from,
        to: times[row]!,
      };
    } else {
      findings.push({ ...verdict, from: times[Math.max(0, row - 1)]!, to: times[row]! });
    }
  }
  return findings;
}

function overall(
  table: SampleTable,
  context: VerdictContext,
  seen: readonly (Verdict | undefined)[],
): Verdict {
  const lengths = new Map<VerdictCode, number>();
  const interval = table.columns.get('interval');
  let whole = 0;
  for (const [row, verdict] of seen.entries()) {
    const length = interval?.[row] ?? 1000;
    whole += length;
    if (verdict) lengths.set(verdict.code, (lengths.get(verdict.code) ?? 0) + length);
  }
  const [worst] = [...lengths].sort(([, a], [, b]) => b - a);
  const counts =
    worst && worst[1] >= Math.min(whole / 2, Math.max(whole * LEAST_SHARE, LEAST_TROUBLE));
  if (!worst || !counts) return judgeCalm(table, context, seen);
  // The evidence is that of the seconds in which it held.
  const those = seen.map((verdict) => verdict?.code === worst[0]);
  const gone = worst[0] === 'source-gone';
  const verdict = judge(chosenRows(table, those), { ...context, sourceGone: gone });
  const example = seen.find((each) => each?.code === worst[0])!;
  return verdict.code === worst[0] ? verdict : example;
}

function judgeCalm(
  table: SampleTable,
  context: VerdictContext,
  seen: readonly (Verdict | undefined)[],
): Verdict {
  const calm = judge(
    chosenRows(
      table,
      seen.map((verdict) => !verdict),
    ),
    context,
  );
  return calm.stage === undefined ? calm : said('smooth', 'good', calm.values);
}

function said(code: VerdictCode, severity: VerdictSeverity, values: VerdictValues): Verdict {
  const { stage, remedy } = wordingOf(code);
  return {
    severity,
    code,
    ...(stage !== undefined && { stage }),
    values: Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, Math.round(value * 100) / 100]),
    ),
    sentence: verdictSentence(code, values),
    ...(remedy !== undefined && { remedy }),
  };
}
