/** Valve's text of nested keys, `"key" "value"` and `"key" { … }`; keys in lower case. */
export interface ValveKeys {
  readonly [key: string]: string | ValveKeys;
}

const DEEPEST = 32;
const TOKEN = /"((?:[^"\\]|\\.)*)"|([{}])|\/\/[^\n]*/g;

/** @returns undefined for what is not whole */
export function readValveText(text: string): ValveKeys | undefined {
  const root: Record<string, string | ValveKeys> = Object.create(null);
  const open: Record<string, string | ValveKeys>[] = [root];
  let key: string | undefined;
  for (const [, word, brace] of text.matchAll(TOKEN)) {
    const inner = open.at(-1)!;
    if (brace === '{') {
      if (key === undefined || open.length > DEEPEST) return undefined;
      const keys: Record<string, string | ValveKeys> = Object.create(null);
      inner[key] = keys;
      open.push(keys);
      key = undefined;
    } else if (brace === '}') {
      if (key !== undefined || open.length === 1) return undefined;
      open.pop();
    } else if (word !== undefined) {
      const plain = word.replace(/\\(.)/g, '$1');
      if (key === undefined) key = plain.toLowerCase();
      else {
        inner[key] = plain;
        key = undefined;
      }
    }
  }
  return open.length === 1 && key === undefined ? root : undefined;
}

/** The keys under one, where it has some. */
export function keysUnder(keys: ValveKeys | undefined, name: string): ValveKeys | undefined {
  const found = keys?.[name];
  return typeof found === 'object' ? found : undefined;
}
