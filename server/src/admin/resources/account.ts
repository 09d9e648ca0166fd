import type { Context } from 'koa';

import type { Account } from '../account.ts';
import type { LoginSessions } from '../login-sessions.ts';
import { API, route } from '../route.ts';
import type { Route } from '../route.ts';
import { clearSessionCookie, setBrowserCookie, setSessionCookie } from '../session-cookie.ts';
import { login, ownerPassword, passwordChange, setup, signIn } from './account-shapes.ts';

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
      handle: ({ caller }) => ({
        setUp: account.isSetUp,
        signedIn: caller.kind !== 'stranger',
        name: hostName(),
      }),
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
      summary: 'Ends this sign-in.',
      handle: async ({ caller, context }) => {
        if (caller.kind === 'signed-in') await logins.end(caller.session);
        clearSessionCookie(context);
      },
    }),
    route({
      method: 'put',
      path: `${API}/password`,
      access: 'password',
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
