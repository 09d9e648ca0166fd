import { stat } from 'node:fs/promises';

import { Connection } from '../../store/connection.ts';
import { foundApp } from './found-app.ts';
import type { FoundApp, Places } from './found-app.ts';

/** What is installed by Lutris, the distribution's or Flatpak's. */
export async function lutrisGames({ home, data }: Places): Promise<FoundApp[]> {
  const flatpak = 'net.lutris.Lutris';
  const found: FoundApp[] = [];
  for (const [file, start] of [
    [`${data}/lutris/pga.db`, ['lutris']],
    [`${home}/.var/app/${flatpak}/data/lutris/pga.db`, ['flatpak', 'run', flatpak]],
  ] as const) {
    for (const { slug, name } of await installed(file)) {
      if (!/^[a-z0-9][\w.-]{0,127}$/i.test(slug)) continue;
      const app = foundApp('lutris', name, [...start, `lutris:rungame/${slug}`]);
      if (app) found.push(app);
    }
  }
  return found;
}

async function installed(file: string): Promise<{ slug: string; name: string }[]> {
  const isFile = await stat(file).then(
    (status) => status.isFile(),
    () => false,
  );
  if (!isFile) return [];
  let database: Connection | undefined;
  try {
    database = await Connection.open(file, 'read');
    const rows = await database.all<{ slug: unknown; name: unknown }>(
      'SELECT slug, name FROM games WHERE installed = 1 ORDER BY name LIMIT 5000',
    );
    return rows.flatMap(({ slug, name }) =>
      typeof slug === 'string' && typeof name === 'string' ? [{ slug, name }] : [],
    );
  } catch {
    // Damaged, of another shape, or held by Lutris for too long: then it has none to tell of.
    return [];
  } finally {
    await database?.close().catch(() => undefined);
  }
}
