import type { App, AppInput } from '../../api/contract.ts';

/** An app while it is edited: every list has a first line to type into, empty lines fall away when saved. */
export interface Draft {
  title: string;
  source: App['source'];
  /** an argument vector, and beside it the line for a shell: turning the switch loses neither */
  command: string[];
  line: string;
  shell: boolean;
  workingDirectory: string;
  environment: { name: string; value: string }[];
  preparation: { run: string[]; undo: string[] }[];
  endsWith: App['endsWith'];
  /** empty: any */
  codec: string;
}

/** Where no screen is streamed, nothing is started. */
export function takesCommand(source: App['source']): boolean {
  return source !== 'input-only' && !source.startsWith('host-');
}

const lines = (words: readonly string[] | undefined) => (words?.length ? [...words] : ['']);

export function draftOf(app: App | undefined): Draft {
  return {
    title: app?.title ?? '',
    source: app?.source ?? 'desktop',
    command: lines(app?.shell ? undefined : app?.command),
    line: app?.shell ? (app.command?.[0] ?? '') : '',
    shell: app?.shell ?? false,
    workingDirectory: app?.workingDirectory ?? '',
    environment: Object.entries(app?.environment ?? {}).map(([name, value]) => ({ name, value })),
    preparation: draftSteps(app?.preparation ?? []),
    endsWith: app?.endsWith ?? 'processes',
    codec: app?.codec ?? '',
  };
}

type Steps = App['preparation'];

/** Commands of a preparation while they are edited. */
export function draftSteps(steps: Steps): Draft['preparation'] {
  return steps.map(({ run, undo }) => ({ run: lines(run), undo: lines(undo) }));
}

export function stepsOf(draft: Draft['preparation']): Steps {
  return draft
    .map(({ run, undo }) => ({ run: vector(run), undo: vector(undo) }))
    .filter(({ run }) => run.length > 0)
    .map(({ run, undo }) => ({ run, ...(undo.length > 0 ? { undo } : {}) }));
}

/** An argument may be empty on purpose between others, but not at the end, where it is an unused line. */
function vector(words: readonly string[]): string[] {
  const last = words.findLastIndex((word) => word !== '');
  return words.slice(0, last + 1);
}

export function inputOf(draft: Draft): AppInput {
  const command = takesCommand(draft.source)
    ? vector(draft.shell ? [draft.line] : draft.command)
    : [];
  return {
    title: draft.title.trim(),
    source: draft.source,
    shell: draft.shell && command.length > 0,
    endsWith: draft.endsWith,
    environment: Object.fromEntries(
      draft.environment.filter((pair) => pair.name).map((pair) => [pair.name, pair.value]),
    ),
    preparation: stepsOf(draft.preparation),
    ...(command.length > 0 ? { command } : {}),
    ...(draft.codec ? { codec: draft.codec as NonNullable<App['codec']> } : {}),
    ...(draft.workingDirectory ? { workingDirectory: draft.workingDirectory } : {}),
  };
}
