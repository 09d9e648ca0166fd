/** This file imports nothing: the pages have it too, for what they say while somebody types. */

/**
 * Whether a password is among the first that a guesser tries: the ones of at least eight characters at the head of the
 * lists of leaked passwords, runs of one sign or of keys beside each other, and the product's own name. The back-off
 * (back-off.ts) leaves a guesser some hundred tries a day, so that these are what has to be kept out.
 */
export function isCommonPassword(password: string): boolean {
  const plain = password.normalize('NFKC').toLowerCase();
  // `password1!` and `Password2024` are tried right after `password`.
  const stem = plain.replace(/[^\p{L}]+$/u, '');
  return COMMON.has(plain) || COMMON.has(stem) || new Set(plain).size <= 2 || isRun(plain);
}

const COMMON = new Set([
  'password',
  'passwort',
  'passw0rd',
  'p@ssword',
  'p@ssw0rd',
  'iloveyou',
  'sunshine',
  'princess',
  'football',
  'baseball',
  'superman',
  'starwars',
  'computer',
  'trustno1',
  'whatever',
  'welcome1',
  'letmein1',
  'qwertyuiop',
  'qwertzuiop',
  'qwerty123',
  '1q2w3e4r',
  '1qaz2wsx',
  'q1w2e3r4',
  'administrator',
  'changeme',
  'earthshine',
  'moonlight',
  'gamestream',
]);

/** Keys beside each other, on and on, there and back. */
const RUNS = ['01234567890', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiop', 'qwertzuiop', 'asdfghjkl']
  .map((row) => row + row)
  .flatMap((row) => [row, [...row].reverse().join('')]);

const isRun = (plain: string): boolean => RUNS.some((run) => run.includes(plain));

/** What one sign adds, in bits: letters are mostly words, so that they add less than chance would. */
const BITS = { lower: 3.5, upper: 4.5, digit: 3, other: 5.5 } as const;
/** What a word of the list adds, or a run of keys, however long: a guesser has both as one. */
const WORD_BITS = 8;
/** What a sign adds that is the same as the one before it. */
const REPEATED_BITS = 0.5;
const LEAST_RUN = 4;

/** How hard it is to guess, in bits, roughly: a lower bound for what people think of, not for what chance makes. */
export function estimatedBits(password: string): number {
  const text = password.normalize('NFKC');
  const lower = text.toLowerCase();
  // Where a sign has a longer small form, places would not agree.
  const plain = lower.length === text.length ? lower : text;
  let bits = 0;
  let before = '';
  for (let at = 0; at < text.length;) {
    const known = knownLength(plain, at);
    if (known > 0) {
      bits += WORD_BITS;
      at += known;
      continue;
    }
    const sign = String.fromCodePoint(text.codePointAt(at)!);
    bits += sign === before ? REPEATED_BITS : bitsOf(sign);
    before = sign;
    at += sign.length;
  }
  return bits;
}

export const STRENGTHS = ['weak', 'fair', 'good', 'strong'] as const;
export type Strength = (typeof STRENGTHS)[number];

/** From so many bits on. */
const FAIR = 24;
const GOOD = 40;
const STRONG = 60;

/** `weak` is refused. */
export function strengthOf(password: string): Strength {
  const bits = isCommonPassword(password) ? 0 : estimatedBits(password);
  if (bits < FAIR) return 'weak';
  return bits < GOOD ? 'fair' : bits < STRONG ? 'good' : 'strong';
}

function bitsOf(sign: string): number {
  if (/\p{Ll}/u.test(sign)) return BITS.lower;
  if (/\p{Lu}/u.test(sign)) return BITS.upper;
  return /\d/.test(sign) ? BITS.digit : BITS.other;
}

/** How long the part is that begins there and that a guesser has in a list; 0: there is none. */
function knownLength(plain: string, at: number): number {
  let longest = 0;
  for (const word of COMMON) {
    if (word.length > longest && plain.startsWith(word, at)) longest = word.length;
  }
  let run = LEAST_RUN;
  while (at + run <= plain.length && isRun(plain.slice(at, at + run))) run += 1;
  return Math.max(longest, run > LEAST_RUN ? run - 1 : 0);
}
