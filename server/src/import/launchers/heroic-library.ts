import * as z from 'zod';

import { readJson } from './bounded-file.ts';
import { foundApp } from './found-app.ts';
import type { FoundApp, Places } from './found-app.ts';

const game = z.object({
  app_name: z.string().regex(/^[\w.-]{1,128}$/),
  title: z.string(),
  is_installed: z.boolean(),
});

/** Each shop's list, by the runner's name in Heroic's links, and the key that it stands under. */
const SHOPS = [
  ['legendary', 'store_cache/legendary_library.json', 'library'],
  ['gog', 'store_cache/gog_library.json', 'games'],
  ['nile', 'store_cache/nile_library.json', 'library'],
  ['sideload', 'sideload_apps/library.json', 'games'],
] as const;

/** What is installed by Heroic (Epic, GOG, Amazon, and what was added by hand), the distribution's or Flatpak's. */
export async function heroicGames({ home, config }: Places): Promise<FoundApp[]> {
  const flatpak = 'com.heroicgameslauncher.hgl';
  const found: FoundApp[] = [];
  for (const [root, start] of [
    [`${config}/heroic`, ['heroic']],
    [`${home}/.var/app/${flatpak}/config/heroic`, ['flatpak', 'run', flatpak]],
  ] as const) {
    for (const [runner, file, key] of SHOPS) {
      const listed = (await readJson(`${root}/${file}`)) as Record<string, unknown> | undefined;
      const games = listed?.[key];
      for (const one of Array.isArray(games) ? (games as unknown[]) : []) {
        const { success, data } = game.safeParse(one);
        if (!success || !data.is_installed) continue;
        const link = `heroic://launch/${runner}/${data.app_name}`;
        const app = foundApp('heroic', data.title, [...start, '--no-gui', link]);
        if (app) found.push(app);
      }
    }
  }
  return found;
}
