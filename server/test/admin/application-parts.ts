import { pino } from 'pino';

import { Account } from '../../src/admin/account.ts';
import type { ApplicationOptions } from '../../src/admin/application.ts';
import { LoginSessions } from '../../src/admin/login-sessions.ts';
import { Tokens } from '../../src/admin/tokens.ts';
import type { Admin } from './admin-harness.ts';

/** What an application takes beside its routes and the door that it stands behind, over the store of a running admin. */
export async function applicationParts({
  store,
}: Pick<Admin, 'store'>): Promise<
  Omit<ApplicationOptions, 'routes' | 'isOwner' | 'ownHosts' | 'allowPublic'>
> {
  const log = pino({ level: 'silent' });
  return {
    log,
    account: await Account.open({ store, log }),
    logins: await LoginSessions.open(store),
    tokens: await Tokens.open(store),
    proxies: () => [],
    onSignedIn: () => undefined,
    bodyLimit: 10_000,
  };
}
