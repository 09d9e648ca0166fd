import type { Socket } from 'node:net';

import { normalizeAddress } from '../../network/address.ts';
import { connectionOwner } from '../../network/connection-owner.ts';
import type { Account } from '../account.ts';
import { ApiError } from '../api-error.ts';
import type { LoginSessions } from '../login-sessions.ts';
import type { OneTimeLinks } from '../one-time-links.ts';
import { API, route } from '../route.ts';
import type { Route } from '../route.ts';
import { setBrowserCookie, setSessionCookie } from '../session-cookie.ts';
import { linkParams, linkState, madeLink, signedInByLink, usedLink } from './login-link-shapes.ts';

/** Signing in without the password, from the machine itself: what `earthshine open` asks for. */
export function loginLinkRoutes(parts: {
  readonly links: OneTimeLinks;
  readonly account: Account;
  readonly logins: LoginSessions;
  readonly adminPort: () => number;
}): readonly Route[] {
  const { links, account, logins, adminPort } = parts;
  return [
    route({
      method: 'post',
      path: `${API}/owner/login-link`,
      access: 'owner',
      summary: 'Makes a link that signs a browser on this machine in, once, within a minute.',
      answer: madeLink,
      handle: () => ({ ...links.make(), port: adminPort(), setUp: account.isSetUp }),
    }),
    route({
      method: 'get',
      path: `${API}/owner/login-link/:id`,
      access: 'owner',
      summary: 'Whether a link still waits for its browser.',
      params: linkParams,
      answer: linkState,
      handle: ({ params }) => ({ state: links.state(params.id) }),
    }),
    route({
      method: 'post',
      path: `${API}/login-link`,
      access: 'open',
      summary:
        'Signs in by a link, for programs of the owner on the machine itself. Before there is a password it gives the ' +
        'first-run secret instead.',
      body: usedLink,
      answer: signedInByLink,
      handle: async ({ body, address, context }) => {
        // The token before the question who asks: a stranger may not make the host look into /proc.
        const isGood =
          links.isWaiting(body.token) &&
          (await isOwners(context.req.socket, address)) &&
          links.use(body.token);
        if (!isGood) {
          throw new ApiError(
            'link-over',
            'This link was used, is older than a minute, or was not opened on the machine itself. ' +
              'Open Earthshine from the menu again, or sign in with the password.',
          );
        }
        const secret = account.firstRunSecret;
        if (secret !== undefined) return { secret };
        setSessionCookie(context, await logins.create(address, context.get('user-agent')));
        setBrowserCookie(context, account.nameBrowser());
        return {};
      },
    }),
  ];
}

/**
 * From this machine's loopback, by a program of the user whose host this is.
 *
 * @param address for whom the request is: a proxy on this machine speaks for others
 */
async function isOwners(socket: Socket, address: string): Promise<boolean> {
  const { remotePort = 0, localPort = 0 } = socket;
  const peer = normalizeAddress(socket.remoteAddress);
  const here = normalizeAddress(socket.localAddress);
  if (address !== peer || !(peer === '::1' || peer.startsWith('127.'))) return false;
  const owner = await connectionOwner(
    { address: peer, port: remotePort },
    { address: here, port: localPort },
  );
  return owner !== undefined && owner === process.getuid?.();
}
