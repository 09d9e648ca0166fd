import type { App, Apps } from '../../apps/apps.ts';
import type { Found } from '../../import/launchers/find-apps.ts';
import type { FoundApp } from '../../import/launchers/found-app.ts';
import { API, route } from '../route.ts';
import type { Route } from '../route.ts';
import { foundApps } from './found-app-shapes.ts';
import type { FoundAppsJson } from './found-app-shapes.ts';

/** What launchers of this user have, to be added as apps. */
export function foundAppRoutes(
  apps: Pick<Apps, 'list'>,
  find: () => Promise<Found>,
): readonly Route[] {
  // Several pages that ask at once wait for one look.
  let looking: Promise<Found> | undefined;
  return [
    route({
      method: 'get',
      path: `${API}/apps/found`,
      access: 'admin',
      summary: 'Games of Steam, Heroic, Lutris and the desktop’s menu, against the apps.',
      answer: foundApps,
      handle: async () => {
        looking ??= find().finally(() => (looking = undefined));
        const { apps: found, late } = await looking;
        const list = apps.list();
        return { apps: found.map((one) => against(one, list)), late: [...late] };
      },
    }),
  ];
}

type FoundAppJson = FoundAppsJson['apps'][number];

function against(found: FoundApp, apps: readonly App[]): FoundAppJson {
  const { launcher, title } = found;
  const plain = { launcher, title, command: [...found.command] };
  const words = JSON.stringify(found.command);
  const same = apps.find(({ command, shell }) => !shell && JSON.stringify(command) === words);
  const namesake = apps.find((app) => app.title.toLowerCase() === title.toLowerCase());
  const app = same ?? namesake;
  if (!app) return { ...plain, state: 'new' };
  return {
    ...plain,
    state: same ? 'there' : 'differs',
    app: { id: app.id, ...(app.command && { command: [...app.command] }) },
  };
}
