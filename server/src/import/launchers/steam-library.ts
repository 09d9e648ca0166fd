import { namesIn, readText } from './bounded-file.ts';
import { foundApp } from './found-app.ts';
import type { FoundApp, Places } from './found-app.ts';
import { keysUnder, readValveText } from './valve-text.ts';

/** Installed, whatever else an update is doing to it. */
const INSTALLED = 4;
/** What Steam installs beside games to run them. */
const TOOLS = /^(Proton( |$)|Steam Linux Runtime|Steamworks Common|SteamVR$)/;

/** What is installed in every library of this user's Steam, the distribution's or Flatpak's. */
export async function steamGames({ home, data }: Places): Promise<FoundApp[]> {
  const own = [`${data}/Steam`, `${home}/.steam/root`, `${home}/.steam/steam`];
  const flatpak = `${home}/.var/app/com.valvesoftware.Steam`;
  const contained = [`${flatpak}/.local/share/Steam`, `${flatpak}/data/Steam`];
  const found = new Map<string, FoundApp>();
  for (const [roots, start] of [
    [own, ['steam']],
    [contained, ['flatpak', 'run', 'com.valvesoftware.Steam']],
  ] as const) {
    for (const root of roots) {
      for (const library of await libraries(root)) {
        for (const { id, name } of await installed(library)) {
          const app = foundApp('steam', name, [...start, `steam://rungameid/${id}`]);
          if (app && !found.has(id)) found.set(id, app);
        }
      }
    }
  }
  return [...found.values()];
}

async function libraries(root: string): Promise<string[]> {
  const text = await readText(`${root}/steamapps/libraryfolders.vdf`);
  if (text === undefined) return [];
  const folders = keysUnder(readValveText(text), 'libraryfolders') ?? {};
  const further = Object.values(folders).flatMap((folder) => {
    // Before 2021 the folder itself was the value.
    const path = typeof folder === 'string' ? folder : folder['path'];
    return typeof path === 'string' && path.startsWith('/') ? [path] : [];
  });
  return [...new Set([root, ...further])];
}

async function installed(library: string): Promise<{ id: string; name: string }[]> {
  const folder = `${library}/steamapps`;
  const games: { id: string; name: string }[] = [];
  for (const file of await namesIn(folder)) {
    if (!/^appmanifest_\d{1,10}\.acf$/.test(file)) continue;
    const text = await readText(`${folder}/${file}`);
    const state = keysUnder(text === undefined ? undefined : readValveText(text), 'appstate');
    const { appid, name, stateflags } = state ?? {};
    if (typeof appid !== 'string' || !/^\d{1,10}$/.test(appid)) continue;
    if (typeof name !== 'string' || TOOLS.test(name)) continue;
    if ((Number(stateflags) & INSTALLED) !== 0) games.push({ id: appid, name });
  }
  return games;
}
