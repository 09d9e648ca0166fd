import { namesIn, readText } from './bounded-file.ts';
import { foundApp } from './found-app.ts';
import type { FoundApp, Places } from './found-app.ts';

/** Games of the desktop's own menu, but those that a launcher has put there. */
export async function desktopGames({ data, dataDirs }: Places): Promise<FoundApp[]> {
  const found = new Map<string, FoundApp | undefined>();
  for (const folder of [data, ...dataDirs].map((dir) => `${dir}/applications`)) {
    for (const name of await namesIn(folder)) {
      // The user's own stands before the system's of the same name, also where it hides it.
      if (!name.endsWith('.desktop') || found.has(name)) continue;
      const text = await readText(`${folder}/${name}`);
      if (text !== undefined) found.set(name, gameOf(text));
    }
  }
  return [...found.values()].filter((app) => app !== undefined);
}

/** @returns undefined for what is no game, hidden, or started in a terminal */
export function gameOf(text: string): FoundApp | undefined {
  const keys = mainGroup(text);
  const is = (name: string) => keys.get(name) === 'true';
  if (keys.get('Type') !== 'Application' || is('NoDisplay') || is('Hidden') || is('Terminal'))
    return undefined;
  if (!(keys.get('Categories') ?? '').split(';').includes('Game')) return undefined;
  const command = readExec(keys.get('Exec') ?? '');
  if (!command || LAUNCHED.test(command.join(' '))) return undefined;
  return foundApp('desktop', keys.get('Name'), command);
}

/** Entries that launchers make for their games, and the launchers themselves, which list no game. */
const LAUNCHED = /steam:\/\/|heroic:\/\/|lutris:|(^|\/)(steam|lutris|heroic)( |$)/;

function mainGroup(text: string): Map<string, string> {
  const keys = new Map<string, string>();
  let inside = false;
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('[')) inside = line.trim() === '[Desktop Entry]';
    const at = line.indexOf('=');
    if (!inside || at < 1 || line.startsWith('#')) continue;
    const name = line.slice(0, at).trim();
    if (!keys.has(name)) keys.set(name, unescaped(line.slice(at + 1).trim()));
  }
  return keys;
}

/** Of the specification's values of type string. */
function unescaped(value: string): string {
  const signs: Readonly<Record<string, string>> = { s: ' ', n: '\n', t: '\t', r: '\r' };
  return value.replace(/\\([sntr\\])/g, (_, sign: string) => signs[sign] ?? sign);
}

/**
 * `Exec` as words: quotes keep together, field codes (`%U`) fall away.
 *
 * @returns undefined for a quote that never ends, or no word at all
 */
export function readExec(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const sign = line[at]!;
    if (quoted && sign === '\\' && '"`$\\'.includes(line[at + 1] ?? ' ')) word += line[++at]!;
    else if (sign === '"') {
      quoted = !quoted;
      word ??= '';
    } else if (!quoted && /\s/.test(sign)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + sign;
  }
  if (quoted) return undefined;
  if (word !== undefined) words.push(word);
  const plain = words
    .filter((one) => !/^%[a-zA-Z]$/.test(one))
    .map((one) => one.replace(/%([a-zA-Z%])/g, (_, code: string) => (code === '%' ? '%' : '')));
  return plain.length > 0 && plain[0] !== '' ? plain : undefined;
}
