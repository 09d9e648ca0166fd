import * as z from 'zod';

import type { AppDirectory } from '../apps/app-directory.ts';
import type { Devices, PairingDesk } from '../devices/devices.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Account } from './account.ts';
import { ApiError } from './api-error.ts';
import type { EventHub } from './event-hub.ts';
import type { LoginSessions } from './login-sessions.ts';
import { openApiDocument } from './openapi.ts';
import { answerPairing } from './pairing-answer.ts';
import { EVENTS, PAGES, PNG, route } from './route.ts';
import type { Route } from './route.ts';
import * as shapes from './schemas.ts';
import type { HostStatus } from './schemas.ts';
import { clearSessionCookie, setSessionCookie } from './session-cookie.ts';
import { appView, deviceView, hostState, pairingView, sessionView } from './views.ts';
import { sendPage } from './web-pages.ts';

/** What the routes work on. */
export interface RouteParts {
  readonly devices: Devices;
  readonly desk: PairingDesk;
  readonly apps: AppDirectory;
  readonly sessions: Sessions;
  readonly status: () => HostStatus;
  readonly account: Account;
  readonly logins: LoginSessions;
  readonly events: EventHub;
  /** the built pages; absent: a sentence says that there are none */
  readonly webRoot: string | undefined;
}

const API = '/api/v1';
const appParams = z.object({ id: shapes.appId });
const deviceParams = z.object({ fingerprint: shapes.fingerprint });
const sessionParams = z.object({ id: z.coerce.number().int().nonnegative() });
const requestParams = z.object({ id: z.string().regex(/^[0-9a-f]{16}$/) });

/** Every route of the admin server, HTTPS and Unix socket alike, with its class. Nothing is routed elsewhere. */
export function adminRoutes(parts: RouteParts): readonly Route[] {
  const { devices, desk, apps, sessions, status, account, logins, events, webRoot } = parts;

  const knownApp = (id: string) => {
    const app = apps.byId(id);
    if (!app) throw new ApiError('not-found', `There is no app "${id}".`);
    return app;
  };
  const knownDevice = (fingerprint: string) => {
    const device = devices.find(fingerprint);
    if (!device) throw new ApiError('not-found', 'No such device is paired.');
    return device;
  };
  const deviceJson = (fingerprint: string) => deviceView(knownDevice(fingerprint), sessions.list());
  const appsJson = () => ({ apps: apps.list().map(appView) });

  const routes: Route[] = [
    // --- the owner's account
    route({
      method: 'get',
      path: `${API}/session`,
      access: 'open',
      summary: 'Whether a password is set, and whether this browser is signed in.',
      answer: shapes.signIn,
      handle: ({ caller }) => ({
        setUp: account.isSetUp,
        signedIn: caller.kind !== 'stranger',
        name: status().name,
      }),
    }),
    route({
      method: 'post',
      path: `${API}/setup`,
      access: 'open',
      summary: 'Sets the first password with the secret that the host printed, and signs in.',
      body: shapes.setup,
      handle: async ({ body, address, context }) => {
        await account.setUp(body.secret, body.password, address);
        setSessionCookie(context, await logins.create(address, context.get('user-agent')));
      },
    }),
    route({
      method: 'post',
      path: `${API}/login`,
      access: 'open',
      summary: 'Signs in and sets the session cookie.',
      body: shapes.login,
      handle: async ({ body, address, context }) => {
        await account.check(body.password, address);
        setSessionCookie(context, await logins.create(address, context.get('user-agent')));
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
      body: shapes.passwordChange,
      handle: async ({ body, caller }) => {
        await account.setPassword(body.newPassword);
        await logins.endAll(caller.kind === 'signed-in' ? caller.session : undefined);
      },
    }),
    route({
      method: 'put',
      path: `${API}/owner/password`,
      access: 'owner',
      summary: 'Sets the password without the old one; every sign-in ends.',
      body: shapes.ownerPassword,
      handle: async ({ body }) => {
        await account.setPassword(body.newPassword);
        await logins.endAll();
      },
    }),

    // --- the whole and its changes
    route({
      method: 'get',
      path: `${API}/state`,
      access: 'admin',
      summary: 'Everything the overview shows, at once.',
      answer: shapes.state,
      handle: () => hostState(parts),
    }),
    route({
      method: 'get',
      path: `${API}/status`,
      access: 'admin',
      summary: 'What the host is and what works on it.',
      answer: shapes.status,
      handle: () => ({ status: status() }),
    }),
    route({
      method: 'get',
      path: `${API}/events`,
      access: 'admin',
      summary: 'The state, then each part of it again whenever it changes, as Server-Sent Events.',
      answer: EVENTS,
      handle: ({ context, caller }) => events.subscribe(context, caller),
    }),
    route({
      method: 'get',
      path: `${API}/openapi.json`,
      access: 'admin',
      summary: 'This API as an OpenAPI 3.1 document.',
      answer: z.record(z.string(), z.unknown()),
      handle: () => openApiDocument(routes, status().version),
    }),

    // --- sessions
    route({
      method: 'get',
      path: `${API}/sessions`,
      access: 'admin',
      summary: 'Who streams what, with the last second’s figures.',
      answer: shapes.sessions,
      handle: () => ({ sessions: sessions.list().map(sessionView) }),
    }),
    route({
      method: 'delete',
      path: `${API}/sessions/:id`,
      access: 'admin',
      summary: 'Ends one session.',
      params: sessionParams,
      handle: async ({ params }) => {
        if (!sessions.list().some((session) => session.id === params.id)) {
          throw new ApiError('not-found', 'No such session runs.');
        }
        await sessions.end(params.id, 'owner');
      },
    }),
    route({
      method: 'delete',
      path: `${API}/sessions`,
      access: 'admin',
      summary: 'Ends every session.',
      handle: () => sessions.endAll('owner'),
    }),

    // --- devices
    route({
      method: 'get',
      path: `${API}/devices`,
      access: 'admin',
      summary: 'The paired devices.',
      answer: shapes.devices,
      handle: () => ({
        devices: devices.list().map((device) => deviceView(device, sessions.list())),
      }),
    }),
    route({
      method: 'patch',
      path: `${API}/devices/:fingerprint`,
      access: 'admin',
      summary:
        'Renames, enables or disables a device, or changes what it may do; disabling ends its sessions at once.',
      params: deviceParams,
      body: shapes.deviceChange,
      answer: shapes.device,
      handle: async ({ params, body }) => {
        const { fingerprint } = params;
        const { name, enabled, ...permissions } = body;
        knownDevice(fingerprint);
        if (name !== undefined) await devices.rename(fingerprint, name);
        if (enabled !== undefined) await devices.setEnabled(fingerprint, enabled);
        if (Object.values(permissions).some((said) => said !== undefined)) {
          await devices.permit(fingerprint, permissions);
        }
        return deviceJson(fingerprint);
      },
    }),
    route({
      method: 'delete',
      path: `${API}/devices/:fingerprint`,
      access: 'admin',
      summary: 'Removes a device; its sessions end at once and it has to pair again.',
      params: deviceParams,
      handle: async ({ params }) => {
        knownDevice(params.fingerprint);
        await devices.remove(params.fingerprint);
      },
    }),

    // --- pairing
    route({
      method: 'get',
      path: `${API}/pairing`,
      access: 'admin',
      summary: 'The devices that wait for their PIN, and whether pairing is on.',
      answer: shapes.pairing,
      handle: () => ({ pairing: pairingView(desk) }),
    }),
    route({
      method: 'put',
      path: `${API}/pairing`,
      access: 'admin',
      summary: 'Switches pairing on or off.',
      body: shapes.pairingSwitch,
      answer: shapes.pairing,
      handle: ({ body }) => {
        desk.enabled = body.enabled;
        return { pairing: pairingView(desk) };
      },
    }),
    route({
      method: 'post',
      path: `${API}/pairing/answer`,
      access: 'admin',
      summary: 'Gives the PIN of one request. One try: afterwards the request is gone.',
      body: shapes.pairingAnswer,
      answer: shapes.pairingOutcome,
      handle: async ({ body }) => {
        const answer = await answerPairing(desk, body);
        return answer.result === 'paired'
          ? { result: answer.result, device: deviceView(answer.device, sessions.list()) }
          : answer;
      },
    }),
    route({
      method: 'delete',
      path: `${API}/pairing/:id`,
      access: 'admin',
      summary: 'Turns one request away.',
      params: requestParams,
      handle: ({ params }) => {
        if (!desk.waiting().some((request) => request.id === params.id)) {
          throw new ApiError('not-found', 'That request is over.');
        }
        desk.refuse(params.id);
      },
    }),

    // --- apps
    route({
      method: 'get',
      path: `${API}/apps`,
      access: 'admin',
      summary: 'The apps in the order in which clients show them.',
      answer: shapes.apps,
      handle: appsJson,
    }),
    route({
      method: 'post',
      path: `${API}/apps`,
      access: 'password',
      summary: 'Adds an app at the end.',
      body: shapes.appEdit,
      answer: shapes.app,
      status: 201,
      handle: async ({ body }) => appView(await apps.add(body.app)),
    }),
    route({
      method: 'put',
      path: `${API}/apps/:id`,
      access: 'password',
      summary: 'Replaces everything about an app but its id, place and art.',
      params: appParams,
      body: shapes.appEdit,
      answer: shapes.app,
      handle: async ({ params, body }) => {
        knownApp(params.id);
        return appView(await apps.update(params.id, body.app));
      },
    }),
    route({
      method: 'delete',
      path: `${API}/apps/:id`,
      access: 'admin',
      summary: 'Removes an app and its art.',
      params: appParams,
      handle: async ({ params }) => {
        knownApp(params.id);
        await apps.remove(params.id);
      },
    }),
    route({
      method: 'put',
      path: `${API}/app-order`,
      access: 'admin',
      summary: 'Puts the apps in another order.',
      body: shapes.appOrder,
      answer: shapes.apps,
      handle: async ({ body }) => {
        await apps.reorder(body.ids);
        return appsJson();
      },
    }),
    route({
      method: 'get',
      path: `${API}/apps/:id/art`,
      access: 'admin',
      summary: 'The box art: uploaded, or the generated default.',
      params: appParams,
      answer: PNG,
      handle: ({ params }) => apps.art(knownApp(params.id)),
    }),
    route({
      method: 'put',
      path: `${API}/apps/:id/art`,
      access: 'admin',
      summary:
        'Uploads box art, a PNG of at most 8 MiB and 6 million pixels, cut and scaled to 600×800.',
      params: appParams,
      body: PNG,
      answer: shapes.app,
      handle: async ({ params, body }) => {
        knownApp(params.id);
        return appView(await apps.setArt(params.id, body));
      },
    }),
    route({
      method: 'delete',
      path: `${API}/apps/:id/art`,
      access: 'admin',
      summary: 'Back to the generated box art.',
      params: appParams,
      answer: shapes.app,
      handle: async ({ params }) => {
        knownApp(params.id);
        return appView(await apps.removeArt(params.id));
      },
    }),

    // --- the pages
    route({
      method: 'get',
      path: '/{*page}',
      access: 'open',
      summary: 'The admin’s pages.',
      answer: PAGES,
      handle: ({ context }) => sendPage(context, webRoot),
    }),
  ];
  return routes;
}
