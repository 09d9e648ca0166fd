/** Where games are started from on a desktop, in the order in which one of two of the same is kept. */
export const LAUNCHERS = ['steam', 'heroic', 'lutris', 'desktop'] as const;
export type Launcher = (typeof LAUNCHERS)[number];

/** Something that a launcher of this user could start. */
export interface FoundApp {
  readonly launcher: Launcher;
  readonly title: string;
  readonly command: readonly string[];
}

/** What one kind of launcher looks at. */
export interface Places {
  /** the user's */
  readonly home: string;
  /** `XDG_CONFIG_HOME`, `XDG_DATA_HOME`, `XDG_DATA_DIRS` as they hold */
  readonly config: string;
  readonly data: string;
  readonly dataDirs: readonly string[];
}

export function placesOf(environment: NodeJS.ProcessEnv, home: string): Places {
  const folder = (name: string, otherwise: string) => {
    const said = environment[name];
    return said?.startsWith('/') ? said : `${home}/${otherwise}`;
  };
  const dirs = environment['XDG_DATA_DIRS'] || '/usr/local/share:/usr/share';
  return {
    home,
    config: folder('XDG_CONFIG_HOME', '.config'),
    data: folder('XDG_DATA_HOME', '.local/share'),
    dataDirs: dirs.split(':').filter((dir) => dir.startsWith('/')),
  };
}

/** Longer titles than an app's may be are cut; what cannot be a title or a word is none. */
export function foundApp(
  launcher: Launcher,
  title: unknown,
  command: readonly string[],
): FoundApp | undefined {
  if (typeof title !== 'string') return undefined;
  const clean = Array.from(title.replace(/[\p{Cc}\s]+/gu, ' ').trim())
    .slice(0, 128)
    .join('');
  const plain = command.every((word) => word !== '' && word.length <= 4096 && !word.includes('\0'));
  return clean === '' || !plain ? undefined : { launcher, title: clean, command };
}
