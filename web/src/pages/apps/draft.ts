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
}

/** What an app runs on, in words. */
export const SOURCES: Readonly<Record<App['source'], { label: string; hint: string }>> = {
  desktop: { label: "The desktop's screen", hint: 'The screen as it is, for every device.' },
  own: {
    label: "A screen of the device's own",
    hint:
      'An extra monitor with the size and rate of the device, gone when the stream ends. It takes KDE Plasma, GNOME or Sway; ' +
      'without a command, devices see the app only where one of these runs.',
  },
  'test-pattern': { label: 'Test pattern', hint: 'A drawn picture, to try the way to the device.' },
};

/** What ends the stream of an app by itself, in words. */
export const ENDS: Readonly<Record<App['endsWith'], { label: string; hint: string }>> = {
  processes: {
    label: 'With its last program',
    hint: 'All that the command started counts. A launcher that leaves nothing behind within 5 s does not: the stream goes on.',
  },
  command: {
    label: 'With its command',
    hint: 'As soon as the command itself ends, whatever it left running is ended too.',
  },
  quit: { label: 'Only by quitting', hint: 'It goes on until a device or you end it.' },
};

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
    preparation: (app?.preparation ?? []).map(({ run, undo }) => ({
      run: lines(run),
      undo: lines(undo),
    })),
    endsWith: app?.endsWith ?? 'processes',
  };
}

/** An argument may be empty on purpose between others, but not at the end, where it is an unused line. */
function vector(words: readonly string[]): string[] {
  const last = words.findLastIndex((word) => word !== '');
  return words.slice(0, last + 1);
}

export function inputOf(draft: Draft): AppInput {
  const command = vector(draft.shell ? [draft.line] : draft.command);
  return {
    title: draft.title.trim(),
    source: draft.source,
    shell: draft.shell && command.length > 0,
    endsWith: draft.endsWith,
    environment: Object.fromEntries(
      draft.environment.filter((pair) => pair.name).map((pair) => [pair.name, pair.value]),
    ),
    preparation: draft.preparation
      .map(({ run, undo }) => ({ run: vector(run), undo: vector(undo) }))
      .filter(({ run }) => run.length > 0)
      .map(({ run, undo }) => ({ run, ...(undo.length > 0 ? { undo } : {}) })),
    ...(command.length > 0 ? { command } : {}),
    ...(draft.workingDirectory ? { workingDirectory: draft.workingDirectory } : {}),
  };
}
