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

const ROWS = ['01234567890', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiop', 'qwertzuiop', 'asdfghjkl'];

function isRun(plain: string): boolean {
  const backwards = [...plain].reverse().join('');
  return ROWS.some((row) => (row + row).includes(plain) || (row + row).includes(backwards));
}

/** What one sign adds, in bits: letters are mostly words, so that they add less than chance would. */
const BITS = { lower: 3.5, upper: 4.5, digit: 3, other: 5.5 } as const;
/** What a word of the list adds, or a run of keys, however long: a guesser has both as one. */
const WORD_BITS = 8;
/** What a sign adds that is the same as the one before it. */
const REPEATED_BITS = 0.5;
const LEAST_RUN = 4;

/** How hard it is to guess, in bits, roughly: a lower bound for what people think of, not for what chance makes. */
export function estimatedBits(password: string): number {
  let rest = password.normalize('NFKC');
  let bits = 0;
  for (;;) {
    const known = knownPart(rest.toLowerCase());
    if (!known) break;
    bits += WORD_BITS;
    rest = rest.slice(0, known.at) + rest.slice(known.at + known.length);
  }
  const signs = [...rest];
  return signs.reduce(
    (sum, sign, at) => sum + (sign === signs[at - 1] ? REPEATED_BITS : bitsOf(sign)),
    bits,
  );
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

/** The longest part that a guesser has in a list. */
function knownPart(plain: string): { readonly at: number; readonly length: number } | undefined {
  for (let length = plain.length; length >= LEAST_RUN; length--) {
    for (let at = 0; at + length <= plain.length; at++) {
      const part = plain.slice(at, at + length);
      if (COMMON.has(part) || isRun(part)) return { at, length };
    }
  }
  return undefined;
}
