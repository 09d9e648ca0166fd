import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { gameOf, readExec } from '../../../src/import/launchers/desktop-entries.ts';
import { findApps } from '../../../src/import/launchers/find-apps.ts';
import { placesOf } from '../../../src/import/launchers/found-app.ts';
import { readValveText } from '../../../src/import/launchers/valve-text.ts';
import { Connection } from '../../../src/store/connection.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'earthshine-launchers-'));
});
afterEach(() => rm(home, { recursive: true }));

async function put(file: string, text: string): Promise<void> {
  const whole = path.join(home, file);
  await mkdir(path.dirname(whole), { recursive: true });
  await writeFile(whole, text);
}

const find = () => findApps(placesOf({ XDG_DATA_DIRS: path.join(home, 'system') }, home));
const told = async () =>
  (await find()).apps.map(({ launcher, title, command }) => [launcher, title, command.join(' ')]);
const manifest = (id: string, name: string, flags = '4') =>
  `"AppState"\n{\n\t"appid"\t\t"${id}"\n\t"name"\t\t"${name}"\n\t"StateFlags"\t\t"${flags}"\n\t"UserConfig"\n\t{\n\t}\n}\n`;

it('Steam: what is installed in every library, without its tools', async () => {
  const other = path.join(home, 'disk/SteamLibrary');
  await put(
    '.local/share/Steam/steamapps/libraryfolders.vdf',
    `"libraryfolders"\n{\n "0" { "path" "${home}/.local/share/Steam" }\n "1" { "path" "${other}" "apps" { "620" "1" } }\n}`,
  );
  const apps = '.local/share/Steam/steamapps';
  await put(`${apps}/appmanifest_440.acf`, manifest('440', 'Team Fortress 2'));
  await put(`${apps}/appmanifest_1.acf`, manifest('1', 'Being downloaded', '1026'));
  await put(`${apps}/appmanifest_2.acf`, manifest('2', 'Proton 10.0'));
  await put(`${apps}/appmanifest_3.acf`, '"AppState" { "appid" "3"');
  await put(`${apps}/appmanifest_4.acf`, manifest('4; rm -rf', 'Hostile'));
  await put('disk/SteamLibrary/steamapps/appmanifest_620.acf', manifest('620', 'Say \\"Portal\\"'));
  expect(await told()).toEqual([
    ['steam', 'Say "Portal"', 'steam steam://rungameid/620'],
    ['steam', 'Team Fortress 2', 'steam steam://rungameid/440'],
  ]);
});

it('Heroic: each shop that it has, its own files or Flatpak’s', async () => {
  const game = (app_name: unknown, title: string, is_installed = true) => ({
    ...{ app_name, title, is_installed, more: {} },
  });
  await put(
    '.config/heroic/store_cache/legendary_library.json',
    JSON.stringify({ library: [game('Fortune', 'Fortune'), game('Away', 'Away', false), 7] }),
  );
  await put('.config/heroic/store_cache/gog_library.json', '{"games": [');
  await put(
    '.var/app/com.heroicgameslauncher.hgl/config/heroic/sideload_apps/library.json',
    JSON.stringify({ games: [game('own1', 'Own'), game('a b', 'Hostile'), game(3, 'Number')] }),
  );
  expect(await told()).toEqual([
    ['heroic', 'Fortune', 'heroic --no-gui heroic://launch/legendary/Fortune'],
    [
      'heroic',
      'Own',
      'flatpak run com.heroicgameslauncher.hgl --no-gui heroic://launch/sideload/own1',
    ],
  ]);
});

it('Lutris: what its database calls installed; a damaged one has nothing', async () => {
  await put('.local/share/lutris/x', '');
  const database = await Connection.open(path.join(home, '.local/share/lutris/pga.db'));
  await database.run('CREATE TABLE games (slug TEXT, name TEXT, installed INTEGER)');
  await database.run(
    `INSERT INTO games VALUES ('quake', 'Quake', 1), ('gone', 'Gone', 0), ('-x', 'Hostile', 1), (NULL, 'None', 1)`,
  );
  await database.close();
  await put('.var/app/net.lutris.Lutris/data/lutris/pga.db', 'no database');
  expect(await told()).toEqual([['lutris', 'Quake', 'lutris lutris:rungame/quake']]);
});

it('the desktop’s menu: games that no launcher has put there, the user’s before the system’s', async () => {
  const entry = (name: string, exec: string, more = '') =>
    `[Desktop Entry]\nType=Application\nName=${name}\nName[de]=Anders\nExec=${exec}\nCategories=Game;ArcadeGame;\n${more}\n[Desktop Action x]\nExec=other\n`;
  await put('system/applications/tux.desktop', entry('SuperTux', 'supertux2 %U'));
  await put('system/applications/hidden.desktop', entry('Hidden', 'hidden'));
  await put('.local/share/applications/hidden.desktop', entry('Hidden', 'hidden', 'Hidden=true'));
  await put('.local/share/applications/p.desktop', entry('P', 'steam steam://rungameid/1'));
  await put('.local/share/applications/steam.desktop', entry('Steam', '/usr/bin/steam %U'));
  await put('.local/share/applications/bad.desktop', entry('Bad', '"never ends'));
  await put('system/applications/editor.desktop', entry('Editor', 'ed').replace('Game;', ''));
  expect(await told()).toEqual([['desktop', 'SuperTux', 'supertux2']]);
});

it('a launcher whose files never come holds nobody up', async () => {
  await mkdir(path.join(home, 'system/applications'), { recursive: true });
  // A pipe that nobody writes to, and a file without end.
  execFileSync('mkfifo', [path.join(home, 'system/applications/a.desktop')]);
  const began = performance.now();
  expect((await find()).apps).toEqual([]);
  expect(performance.now() - began).toBeLessThan(3000);
});

it('words of Exec', () => {
  expect(readExec('a  "b c" "say \\"x\\" \\$HOME" %f --n=%% d%i')).toEqual([
    ...['a', 'b c', 'say "x" $HOME', '--n=%', 'd'],
  ]);
  expect(readExec('"open')).toBeUndefined();
  expect(readExec('%U')).toBeUndefined();
  expect(gameOf('')).toBeUndefined();
});

it('Valve’s text, whole or not at all', () => {
  expect(readValveText('"A" { "b" "c" // told\n "D" { } }')).toEqual({ a: { b: 'c', d: {} } });
  for (const broken of ['"a" {', '"a"', '}', '{', '"a" { "b" }', '"a" {'.repeat(100)]) {
    expect([broken.slice(0, 9), readValveText(broken)]).toEqual([broken.slice(0, 9), undefined]);
  }
  // A key of every object is one key among others here.
  expect(Object.keys(readValveText('"__proto__" { "x" "y" }')!)).toEqual(['__proto__']);
});
