import type { AppDraft } from '../../apps/app-directory.ts';
import { readLine } from './command-line.ts';
import type { Line } from './command-line.ts';
import { asList, asObject, asText, asTruth } from './files.ts';
import { leftBehind } from './left-behind.ts';
import type { LeftBehind } from './left-behind.ts';

/** An app of the other host, as it would be added here. */
export interface FoundApp {
  readonly draft: AppDraft;
  /** as the other host wrote it: a path, absolute or in its folder of covers */
  readonly image: string | undefined;
  /** what of it has no counterpart here */
  readonly remarks: readonly LeftBehind[];
}

/** What was found, and what could not be taken. */
export interface FoundApps {
  readonly apps: readonly FoundApp[];
  readonly left: readonly LeftBehind[];
}

type Preparation = AppDraft['preparation'][number];

const MAX_TITLE = 128;
const MAX_PREPARATION = 32;
const MAX_WORD = 4096;
const MAX_WORDS = 256;

/**
 * @param file what apps.json holds
 * @param globalPreparation the other host's `global_prep_cmd`, as JSON text
 */
export function readApps(
  file: Readonly<Record<string, unknown>>,
  globalPreparation: string | undefined,
): FoundApps {
  const left: LeftBehind[] = [];
  const environment = readEnvironment(file['env']);
  const first = preparationOf(globalPreparation === undefined ? [] : parsed(globalPreparation));
  if (first.left > 0) left.push(leftBehind('apps-preparation', { count: first.left }));
  const apps = asList(file['apps']).flatMap((entry, index) => {
    const app = asObject(entry);
    const title = cleanTitle(asText(app?.['name']) ?? '');
    if (!app || title === '') {
      left.push(leftBehind('app-nameless', { number: index + 1 }));
      return [];
    }
    const found = readApp(app, title, environment, first.commands);
    if (!found) {
      left.push(leftBehind('app-command', { app: title }));
      return [];
    }
    return [found];
  });
  return { apps, left };
}

/** @returns undefined when its command cannot be read as one */
function readApp(
  app: Readonly<Record<string, unknown>>,
  title: string,
  environment: Readonly<Record<string, string>>,
  globalPreparation: readonly Preparation[],
): FoundApp | undefined {
  const remarks: LeftBehind[] = [];
  const line = asText(app['cmd'])?.trim() ?? '';
  const detached = asList(app['detached']).flatMap((each) => asText(each)?.trim() || []);
  const lines = [...detached, ...(line ? [line] : [])];
  const read = lines.map(readLine);
  if (read.some((each) => each === undefined || isTooLong(each))) {
    return undefined;
  }
  const own = preparationOf(asList(app['prep-cmd']));
  if (own.left > 0) remarks.push(leftBehind('app-preparation', { app: title, count: own.left }));
  const preparation = [
    ...(asTruth(app['exclude-global-prep-cmd'], false) ? [] : globalPreparation),
    ...own.commands,
  ];
  if (preparation.length > MAX_PREPARATION) {
    remarks.push(
      leftBehind('app-preparation-long', {
        app: title,
        count: preparation.length,
        limit: MAX_PREPARATION,
      }),
    );
  }
  const folder = asText(app['working-dir'])
    ?.trim()
    .replace(/^"(.*)"$/, '$1');
  const hasFolder = folder !== undefined && /^\/[^\0]{0,4000}$/.test(folder);
  if (folder && !hasFolder)
    remarks.push(leftBehind('app-folder', { app: title, folder: folder.slice(0, 80) }));
  if (asText(app['output'])) remarks.push(leftBehind('app-monitor', { app: title }));
  return {
    draft: {
      title,
      source: 'desktop',
      ...commandOf(read as Line[], detached.length, line !== ''),
      ...(hasFolder && { workingDirectory: folder }),
      ...((read.length > 0 || preparation.length > 0) && { toReview: true }),
      environment,
      preparation: preparation.slice(0, MAX_PREPARATION),
    },
    image: asText(app['image-path'])?.trim() || undefined,
    remarks,
  };
}

/** Commands that were let go run beside the app; an app of nothing else lives until its client quits. */
function commandOf(
  lines: readonly Line[],
  detached: number,
  hasCommand: boolean,
): Pick<AppDraft, 'command' | 'shell' | 'endsWith'> {
  const [only] = lines;
  if (!only) return { shell: false, endsWith: 'processes' };
  if (lines.length === 1) {
    return {
      command: only.needsShell ? [only.shell] : only.words,
      shell: only.needsShell,
      endsWith: hasCommand ? 'processes' : 'quit',
    };
  }
  const beside = lines.slice(0, detached).map(({ shell }) => `${shell} &`);
  const last = hasCommand ? [`exec ${lines.at(-1)!.shell}`] : [];
  return {
    command: [[...beside, ...last].join(' ')],
    shell: true,
    endsWith: hasCommand ? 'processes' : 'quit',
  };
}

function preparationOf(entries: readonly unknown[]): {
  readonly commands: readonly Preparation[];
  readonly left: number;
} {
  let left = 0;
  const commands = entries.flatMap((entry): Preparation[] => {
    const pair = asObject(entry);
    const texts = [asText(pair?.['do'])?.trim() ?? '', asText(pair?.['undo'])?.trim() ?? ''];
    const lines = texts.map((text) => (text === '' ? undefined : readLine(text)));
    const isBroken = texts.some(
      (text, index) => text !== '' && (!lines[index] || isTooLong(lines[index])),
    );
    if (!pair || isBroken) {
      left += 1;
      return [];
    }
    const [run, undo] = lines.map((line) => line && wordsOf(line));
    if (!run && !undo) return [];
    // One that only undoes still has its place in the order.
    return [{ run: run ?? ['true'], ...(undo && { undo }) }];
  });
  return { commands, left };
}

/** Preparation has no shell of its own. */
function wordsOf(line: Line): readonly string[] {
  return line.needsShell ? ['/bin/sh', '-c', line.shell] : line.words;
}

function isTooLong({ words, shell }: Line): boolean {
  return (
    words.length > MAX_WORDS || shell.length > MAX_WORD || words.some((word) => word.includes('\0'))
  );
}

/** What the other host set for every app; its own default, a longer PATH, is left out. */
function readEnvironment(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(asObject(value) ?? {}).flatMap(([name, given]) => {
    const text = asText(given);
    const isTaken =
      text !== undefined &&
      name !== 'PATH' &&
      /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name) &&
      text.length <= MAX_WORD &&
      !/[\0]|\$\(/.test(text);
    return isTaken ? [[name, text] as const] : [];
  });
  return Object.fromEntries(entries.slice(0, 128));
}

function parsed(text: string): readonly unknown[] {
  try {
    return asList(JSON.parse(text));
  } catch {
    return [];
  }
}

function cleanTitle(title: string): string {
  return Array.from(title.replace(/[\p{C}\s]+/gu, ' ').trim())
    .slice(0, MAX_TITLE)
    .join('')
    .trim();
}
