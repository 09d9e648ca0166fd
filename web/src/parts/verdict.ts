import { VERDICT_UNITS } from '../../../server/src/captures/verdict/sentences.ts';
import type { Verdict } from '../api/contract.ts';
import { i18n, textOf } from '../i18n/i18n.svelte.ts';
import { bitrate, milliseconds } from './format.ts';

/** What a verdict says, in the language of the pages. */
export function verdictText(verdict: Verdict): string {
  const values = Object.fromEntries(
    Object.entries(verdict.values).map(([name, value]) => [name, written(name, value)]),
  );
  return textOf(`verdict.${verdict.code}`, values) ?? verdict.sentence;
}

/** What the owner can do; undefined where nothing is wrong. */
export function remedyText({ code, remedy }: Verdict): string | undefined {
  return remedy === undefined ? undefined : (textOf(`remedy.${code}`) ?? remedy);
}

function written(name: string, value: number): string {
  const short = value.toLocaleString(i18n.language, {
    maximumFractionDigits: value < 10 ? 1 : 0,
  });
  switch (VERDICT_UNITS[name as keyof typeof VERDICT_UNITS] as string | undefined) {
    case 'whole':
      return String(Math.round(value));
    case 'share':
      return `${short} %`;
    case 'milliseconds':
      return milliseconds(value);
    case 'bitrate':
      return bitrate(value);
    default:
      return short;
  }
}

/** The colour of a severity: what is not judged is neither good nor bad. */
export const SEVERITY_COLOURS = {
  unknown: 'text-faint',
  good: 'text-good',
  warning: 'text-warn',
  bad: 'text-bad',
} as const;
