import type { Context } from 'koa';

import type { Account } from '../account.ts';
import { ApiError } from '../api-error.ts';
import type { LoginSessions } from '../login-sessions.ts';
import { API, route } from '../route.ts';
import type { Route } from '../route.ts';
import { clearSessionCookie, setBrowserCookie, setSessionCookie } from '../session-cookie.ts';
import {
  account as accountShape,
  login,
  ownerPassword,
  passwordChange,
  setup,
  signIn,
  signInParams,
} from './account-shapes.ts';

/** The owner's password, and who is signed in. */
export function accountRoutes(parts: {
  readonly account: Account;
  readonly logins: LoginSessions;
  /** what the host is called */
  readonly hostName: () => string;
}): readonly Route[] {
  const { account, logins, hostName } = parts;
  const signBrowserIn = async (context: Context, address: string) => {
    setSessionCookie(context, await logins.create(address, context.get('user-agent')));
    setBrowserCookie(context, account.nameBrowser());
  };
  return [
    route({
      method: 'get',
      path: `${API}/session`,
      access: 'open',
      summary: 'Whether a password is set, and whether this browser is signed in.',
      answer: signIn,
      handle: ({ caller }) => {
        const provedUntil =
          caller.kind === 'signed-in' ? logins.provedUntil(caller.session) : undefined;
        return {
          setUp: account.isSetUp,
          signedIn: caller.kind !== 'stranger',
          name: hostName(),
          ...(provedUntil !== undefined && { provedUntil }),
        };
      },
    }),
    route({
      method: 'post',
      path: `${API}/setup`,
      access: 'open',
      summary: 'Sets the first password with the secret that the host printed, and signs in.',
      body: setup,
      handle: async ({ body, address, browser, context }) => {
        await account.setUp(body.secret, body.password, { address, browser });
        await signBrowserIn(context, address);
      },
    }),
    route({
      method: 'post',
      path: `${API}/login`,
      access: 'open',
      summary: 'Signs in and sets the session cookie.',
      body: login,
      handle: async ({ body, address, browser, context }) => {
        await account.check(body.password, { address, browser });
        await signBrowserIn(context, address);
      },
    }),
    route({
      method: 'post',
      path: `${API}/logout`,
      access: 'admin',
      scope: false,
      summary: 'Ends this sign-in.',
      handle: async ({ caller, context }) => {
        if (caller.kind === 'signed-in') await logins.end(caller.session);
        clearSessionCookie(context);
      },
    }),
    route({
      method: 'get',
      path: `${API}/account`,
      access: 'admin',
      scope: false,
      summary: 'The browsers that are signed in, the one used last first.',
      answer: accountShape,
      handle: ({ caller }) => ({
        signIns: logins.list().map((one) => ({
          id: shortId(one.id),
          createdAt: one.createdAt,
          lastUsedAt: one.lastUsedAt,
          address: one.address,
          userAgent: one.userAgent,
          current: caller.kind === 'signed-in' && caller.session === one.id,
        })),
      }),
    }),
    route({
      method: 'delete',
      path: `${API}/account/sign-ins/:id`,
      access: 'admin',
      scope: false,
      summary: 'Ends one sign-in; the pages that it has open are told at once.',
      params: signInParams,
      handle: async ({ params }) => {
        const found = logins.list().find(({ id }) => shortId(id) === params.id);
        if (!found) throw new ApiError('not-found', 'This sign-in is over.', { reason: 'sign-in' });
        await logins.end(found.id);
      },
    }),
    route({
      method: 'delete',
      path: `${API}/account/sign-ins`,
      access: 'admin',
      scope: false,
      summary: 'Ends every sign-in but the one that asks.',
      handle: ({ caller }) =>
        logins.endAll(caller.kind === 'signed-in' ? caller.session : undefined),
    }),
    route({
      method: 'put',
      path: `${API}/password`,
      access: 'password',
      scope: false,
      summary: 'Changes the password; every other sign-in ends.',
      body: passwordChange,
      handle: async ({ body, caller, context }) => {
        await account.setPassword(body.newPassword);
        await logins.endAll(caller.kind === 'signed-in' ? caller.session : undefined);
        if (caller.kind === 'signed-in') setBrowserCookie(context, account.nameBrowser());
      },
    }),
    route({
      method: 'put',
      path: `${API}/owner/password`,
      access: 'owner',
      summary: 'Sets the password without the old one; every sign-in ends.',
      body: ownerPassword,
      handle: async ({ body }) => {
        await account.setPassword(body.newPassword);
        await logins.endAll();
      },
    }),
  ];
}

/** The start of the token's hash: enough to name a sign-in, and not the whole of what the store has. */
function shortId(id: string): string {
  return id.slice(0, 16);
}
