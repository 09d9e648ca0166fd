/*
 * Commands of the other host are one line that no shell reads: words apart by spaces, quotes keep them together, and
 * `$(NAME)` stands for a variable. Ours are a list of words, or a line for a shell where a variable is meant.
 */

/** What the other host calls the facts of a stream, and what they are called here. */
const VARIABLES: Readonly<Record<string, string>> = {
  SUNSHINE_CLIENT_WIDTH: 'EARTHSHINE_WIDTH',
  SUNSHINE_CLIENT_HEIGHT: 'EARTHSHINE_HEIGHT',
  SUNSHINE_CLIENT_FPS: 'EARTHSHINE_FPS',
  SUNSHINE_CLIENT_NAME: 'EARTHSHINE_CLIENT_NAME',
  SUNSHINE_APP_NAME: 'EARTHSHINE_APP_NAME',
  APOLLO_CLIENT_WIDTH: 'EARTHSHINE_WIDTH',
  APOLLO_CLIENT_HEIGHT: 'EARTHSHINE_HEIGHT',
  APOLLO_CLIENT_FPS: 'EARTHSHINE_FPS',
};

/** A word, and whether it names a variable. */
export interface Line {
  readonly words: readonly string[];
  /** for /bin/sh: every word quoted, variables open */
  readonly shell: string;
  /** a variable is meant, so that only a shell can run it */
  readonly needsShell: boolean;
}

/** @returns undefined for a line without a word, or with a quote that never ends */
export function readLine(line: string): Line | undefined {
  const words = split(line);
  if (!words || words.length === 0 || words[0] === '') return undefined;
  const renamed = words.map(renameVariables);
  const shell = renamed.map(forShell).join(' ');
  return {
    words: renamed.map((word) => word.replaceAll('$$', '$')),
    shell,
    needsShell: renamed.some((word) => REFERENCE.test(word) || PLAIN_REFERENCE.test(word)),
  };
}

const REFERENCE = /\$\(([A-Za-z_][A-Za-z0-9_]*)\)/;
/** In a script that is given to `sh -c`; such a word is left to that shell. */
const PLAIN_REFERENCE = /^\$\{?[A-Za-z_][A-Za-z0-9_]*\}?$/;

function split(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const sign = line[at]!;
    if (quote) {
      if (sign === quote) quote = '';
      else if (sign === '\\' && quote === '"' && '"\\'.includes(line[at + 1] ?? ' '))
        word += line[++at]!;
      else word += sign;
    } else if (sign === '"' || sign === "'") {
      quote = sign;
      word ??= '';
    } else if (/\s/.test(sign)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + (sign === '\\' && at + 1 < line.length ? line[++at]! : sign);
    }
  }
  if (quote) return undefined;
  if (word !== undefined) words.push(word);
  return words;
}

function renameVariables(word: string): string {
  return word.replace(/\b(?:SUNSHINE|APOLLO)_[A-Z_]+\b/g, (name) => VARIABLES[name] ?? name);
}

function forShell(word: string): string {
  if (PLAIN_REFERENCE.test(word)) return `"${word}"`;
  return (
    word
      .split(new RegExp(`(${REFERENCE.source})`))
      .filter((_, index) => index % 3 !== 2)
      .map((part) => {
        const name = REFERENCE.exec(part)?.[1];
        if (name !== undefined) return `"$${name}"`;
        const literal = part.replaceAll('$$', '$');
        return literal === '' || /^[A-Za-z0-9_@%+=:,./-]+$/.test(literal)
          ? literal
          : `'${literal.replaceAll("'", "'\\''")}'`;
      })
      .join('') || "''"
  );
}
