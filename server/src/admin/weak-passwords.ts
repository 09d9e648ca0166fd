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
