import type { App, CommandVariables } from './apps.ts';

/** What a stream's commands are told about it (docs/3-reference/app-environment.md). */
export interface StreamFacts {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly clientName: string;
}

/** Carried by every process of one start of an app, so that the host knows them again after a crash. */
export const RUN_VARIABLE = 'EARTHSHINE_RUN';

/**
 * What comes on top: the display's variables, the stream's facts, then the app's variables, which win over
 * everything but {@link RUN_VARIABLE}.
 */
export function streamEnvironment(
  app: Pick<App, 'title' | 'environment'>,
  facts: StreamFacts,
  display: CommandVariables,
  run: string,
): CommandVariables {
  return {
    ...display,
    EARTHSHINE_WIDTH: String(facts.width),
    EARTHSHINE_HEIGHT: String(facts.height),
    EARTHSHINE_FPS: String(facts.fps),
    EARTHSHINE_CLIENT_NAME: plain(facts.clientName),
    EARTHSHINE_APP_NAME: plain(app.title),
    ...app.environment,
    [RUN_VARIABLE]: run,
  };
}

/** All that a command gets. */
export function commandEnvironment(
  inherited: Readonly<Record<string, string>>,
  variables: CommandVariables,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ ...inherited, ...variables }).filter(
      (variable): variable is [string, string] => variable[1] !== null,
    ),
  );
}

/** A name without control characters: an environment holds no NUL, and a script may print it. */
function plain(name: string): string {
  return name.replace(/\p{Cc}/gu, '');
}
