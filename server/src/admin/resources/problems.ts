import type { z } from 'zod';

/**
 * What may be wrong with a value that no rule of zod's tells, by its code; pages have a sentence for each code. They go
 * on after the name of the value and a colon.
 */
export const PROBLEMS = {
  'control-characters': 'must not hold control characters',
  'weak-password': 'it is too easy to guess; more words or signs that do not belong together help',
  'common-password':
    'is one of the first that a guesser tries; take some words that do not belong together',
  'absolute-path': 'must be an absolute path',
  'variable-name': 'is no name of a variable',
  'too-many-variables': 'at most 128',
  'program-empty': 'the program’s name is empty',
  'shell-one-line': 'with a shell the command is one line',
  'takes-no-command': 'nothing is started where no screen is streamed',
  'four-digits': 'must be four digits',
  'time-of-day': 'must be a time like 16:00',
  'window-order': 'must be later than its beginning',
  'nothing-to-change': 'nothing is to be changed',
} as const;

/** What is wrong with a value: a code, what the sentence speaks of, and the sentence in English. */
export interface Problem {
  readonly reason: string;
  readonly parameters?: Readonly<Record<string, string | number>>;
  readonly sentence: string;
}

/** An issue of zod's in words that somebody understands who does not know zod. */
export function problemOf(issue: z.core.$ZodIssue): Problem {
  const own = Object.entries(PROBLEMS).find(([, sentence]) => sentence === issue.message);
  if (own) return { reason: own[0], sentence: own[1] };
  switch (issue.code) {
    case 'too_small':
      return tooSmall(issue.origin, Number(issue.minimum));
    case 'too_big':
      return tooLarge(issue.origin, Number(issue.maximum));
    case 'invalid_value': {
      const choices = issue.values.map(String).join(', ');
      return {
        reason: 'not-a-choice',
        parameters: { choices },
        sentence: `must be one of ${choices}`,
      };
    }
    case 'unrecognized_keys': {
      const keys = issue.keys.join(', ');
      return { reason: 'unknown-key', parameters: { keys }, sentence: `does not know ${keys}` };
    }
    case 'invalid_type':
      return { reason: 'wrong-kind', sentence: `must be of the kind ${issue.expected}` };
    default:
      return { reason: 'form', sentence: 'does not have the right form' };
  }
}

function tooSmall(origin: string, minimum: number): Problem {
  const parameters = { minimum };
  if (origin === 'string' && minimum === 1)
    return { reason: 'empty', sentence: 'must not be empty' };
  if (origin === 'string')
    return {
      reason: 'too-short',
      parameters,
      sentence: `must have at least ${minimum} characters`,
    };
  return origin === 'array'
    ? { reason: 'too-few', parameters, sentence: `must have at least ${minimum} entries` }
    : { reason: 'too-small', parameters, sentence: `must be at least ${minimum}` };
}

function tooLarge(origin: string, maximum: number): Problem {
  const parameters = { maximum };
  if (origin === 'string')
    return { reason: 'too-long', parameters, sentence: `must have at most ${maximum} characters` };
  return origin === 'array'
    ? { reason: 'too-many', parameters, sentence: `must have at most ${maximum} entries` }
    : { reason: 'too-large', parameters, sentence: `must be at most ${maximum}` };
}
