import { isHostAction, isPrivate, type DisplayKind } from '../displays/display.ts';

/**
 * What ends an app by itself: its command; the last process that the command started, unless the command ended within 5 s
 * with status 0 and left nothing behind (a launcher); or nothing but a quit.
 */
export const APP_ENDS = ['command', 'processes', 'quit'] as const;
export type AppEnd = (typeof APP_ENDS)[number];

/** What an app's streams may be bound to, the best last. */
export const APP_CODECS = ['h264', 'hevc', 'av1'] as const;

/** What can be launched. Some exist from the start: the desktop, screens and cards that take no command, host actions. */
export interface App {
  /** internal, `^[a-z0-9][a-z0-9-]{0,63}$` */
  readonly id: string;
  /** GameStream id, 1…2147483647; changes with title or art so that clients fetch the art again */
  readonly gameId: number;
  readonly title: string;
  /** the display that it runs on and that is streamed */
  readonly source: DisplayKind;
  /** argument vector; absent: nothing is started, the picture alone is streamed */
  readonly command?: readonly string[];
  /** run `command` through /bin/sh -c (argument vector of length 1) */
  readonly shell: boolean;
  readonly workingDirectory?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** run in order before the app; `undo` of each that ran in reverse order after it, also after a crash */
  readonly preparation: readonly {
    readonly run: readonly string[];
    readonly undo?: readonly string[] | undefined;
  }[];
  readonly endsWith: AppEnd;
  /** the best codec that its streams are offered, where the host has it; absent: any */
  readonly codec?: (typeof APP_CODECS)[number];
  /** its commands came from another host: neither listed nor launched until the owner has saved it once */
  readonly toReview?: true;
  /** place in the list, 0 first */
  readonly position: number;
  /** art was uploaded; else a generated one is served */
  readonly hasArt: boolean;
}

/** An app that is nothing but a screen of a device's own. */
export function isScreenAlone(app: Pick<App, 'source' | 'command'>): boolean {
  return app.source === 'own' && app.command === undefined;
}

/** Each device that launches it has one to itself, where any other app runs once and is watched by all. */
export function runsForEachDevice(app: Pick<App, 'source' | 'command'>): boolean {
  return isPrivate(app.source) || isHostAction(app.source) || isScreenAlone(app);
}

export interface Apps {
  list(): readonly App[];
  byGameId(gameId: number): App | undefined;
  byId(id: string): App | undefined;
  /** PNG, 600×800 */
  art(app: App): Promise<Buffer>;
  /** WebP, 300×400 */
  thumbnail(app: App): Promise<Buffer>;
  on(event: 'changed', listener: () => void): void;
  off(event: 'changed', listener: () => void): void;
}

/** Variables that come on top of what commands inherit; null: that one is not inherited. */
export type CommandVariables = Readonly<Record<string, string | null>>;

/** What an app is shown on, as whoever starts it sees it. */
export interface AppStage {
  /** of the desktop session that is there already: for preparation and its undoing */
  readonly environment: CommandVariables;
  /**
   * Makes it ready, after preparation and before the app, which gets the variables. Rejects with a sentence for the
   * client.
   */
  open(): Promise<CommandVariables>;
  /** Called when the app is over, also where `open` failed; before preparation is undone. Never rejects. */
  close(): Promise<void>;
}

/** A running app: preparation done, display there, command started. */
export interface RunningApp {
  readonly app: App;
  /** resolves when the app ended by itself (`endsWith`); never for an app without command */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /**
   * Ends the command (SIGTERM, 5 s later SIGKILL, the whole process group), closes the stage and runs the undo
   * commands.
   */
  stop(): Promise<void>;
}

export interface AppRunner {
  /** Rejects with a sentence when something fails; what was done is undone first. */
  start(
    app: App,
    context: {
      readonly width: number;
      readonly height: number;
      readonly fps: number;
      readonly clientName: string;
    },
    stage: AppStage,
  ): Promise<RunningApp>;
  /** Runs the undo commands that an earlier host process left behind. */
  recover(): Promise<void>;
}
