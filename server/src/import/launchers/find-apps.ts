import os from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';

import { desktopGames } from './desktop-entries.ts';
import { placesOf } from './found-app.ts';
import type { FoundApp, Launcher, Places } from './found-app.ts';
import { heroicGames } from './heroic-library.ts';
import { lutrisGames } from './lutris-library.ts';
import { steamGames } from './steam-library.ts';

/** A library on a disk that is asleep or a network that is gone is waited for so long. */
const LIMIT_MS = 8000;

const FINDERS: Readonly<Record<Launcher, (places: Places) => Promise<FoundApp[]>>> = {
  steam: steamGames,
  heroic: heroicGames,
  lutris: lutrisGames,
  desktop: desktopGames,
};

export interface Found {
  /** by title; each command once */
  readonly apps: readonly FoundApp[];
  /** launchers whose files did not come in time */
  readonly late: readonly Launcher[];
}

/** What the launchers of this user could start. Reads their files and runs nothing. */
export async function findApps(
  places: Places = placesOf(process.env, os.homedir()),
  limit = LIMIT_MS,
): Promise<Found> {
  const late: Launcher[] = [];
  const over = new AbortController();
  const found = await Promise.all(
    (Object.keys(FINDERS) as Launcher[]).map(async (launcher) => {
      const apps = await Promise.race([
        FINDERS[launcher](places).catch(() => []),
        wait(limit, undefined, { signal: over.signal }).catch(() => undefined),
      ]);
      if (apps === undefined) late.push(launcher);
      return apps ?? [];
    }),
  );
  over.abort();
  const commands = new Map(
    found
      .flat()
      .toReversed()
      .map((app) => [app.command.join('\0'), app] as const),
  );
  return {
    apps: [...commands.values()].toSorted((a, b) => a.title.localeCompare(b.title)),
    late,
  };
}
