import type { Logger } from 'pino';
import { hasTenBit } from '../codec-modes.ts';
import type { Apps } from '../../apps/apps.ts';
import type { Device } from '../../devices/devices.ts';
import { networkInterfaces } from '../../network/interfaces.ts';
import { LaunchRefused, type LaunchRequest, type Launches } from '../launches.ts';
import type { HostIdentity } from '../identity.ts';
import type { Pairing } from '../pairing/pairing.ts';
import type { GameStreamPorts } from '../ports.ts';
import type { SpeedTests } from '../speed-tests.ts';
import { localIpOf, macOf } from './interfaces.ts';
import { LaunchMalformed, readLaunchParameters } from './launch-parameters.ts';
import { serverInfoElements } from './serverinfo.ts';
import { beginSpeedTest, noteHeldRate, setSpeedTestRate } from './speed-test-routes.ts';
import type { XmlAnswer, XmlElement } from './xml.ts';

/** What the handlers work with. */
export interface RouteContext {
  readonly log: Logger;
  readonly ports: GameStreamPorts;
  readonly identity: HostIdentity;
  readonly pairing: Pairing;
  readonly apps: Apps;
  readonly sessions: Launches;
  readonly speedTests: SpeedTests;
  readonly hostName: () => string;
  /** ServerCodecModeSupport, from the encoder probe */
  readonly codecModes: () => number;
  /** the WAN address, if the owner set one */
  readonly externalIp: () => string | undefined;
}

export interface RouteRequest {
  readonly query: ReadonlyMap<string, string>;
  /** normalized */
  readonly remoteAddress: string;
  readonly localAddress: string;
  /** aborted when the client's connection closes */
  readonly gone: AbortSignal;
  /** the paired and enabled device whose certificate this connection carries */
  readonly device?: Device;
}

export interface PairedRequest extends RouteRequest {
  readonly device: Device;
}

/**
 * XML under HTTP 200; or an image, or nothing under HTTP 404, for /appasset (protocol 1 §2.9); or JSON documents, one
 * a line, sent as they come.
 */
export type RouteAnswer =
  XmlAnswer | { readonly png: Buffer } | 'no-image' | { readonly lines: AsyncIterable<string> };

/**
 * Who may call a route (security.md 2). `open`: anybody; `pairing`: anybody, it changes no paired client;
 * `paired`: a paired and enabled client by its exact certificate; with `permission` one whose owner has switched that on.
 */
export type Route = { readonly server: 'http' | 'https'; readonly path: string } & (
  | {
      readonly class: 'open' | 'pairing';
      readonly answer: (context: RouteContext, request: RouteRequest) => Answer;
    }
  | {
      readonly class: 'paired';
      readonly permission?: 'speedTest';
      readonly answer: (context: RouteContext, request: PairedRequest) => Answer;
    }
);

type Answer = RouteAnswer | Promise<RouteAnswer>;

/** Every route of both servers. What is not here is answered with XML 404, on HTTPS with 401 first. */
export const ROUTES: readonly Route[] = [
  { server: 'http', path: '/serverinfo', class: 'open', answer: serverInfo },
  { server: 'http', path: '/pair', class: 'pairing', answer: pair },
  { server: 'http', path: '/unpair', class: 'pairing', answer: unpair },
  { server: 'https', path: '/serverinfo', class: 'paired', answer: serverInfo },
  { server: 'https', path: '/pair', class: 'paired', answer: pairChallenge },
  { server: 'https', path: '/applist', class: 'paired', answer: appList },
  { server: 'https', path: '/appasset', class: 'paired', answer: appAsset },
  { server: 'https', path: '/launch', class: 'paired', answer: launch },
  { server: 'https', path: '/resume', class: 'paired', answer: resume },
  { server: 'https', path: '/cancel', class: 'paired', answer: cancel },
  {
    server: 'https',
    path: '/earthshine/speedtest',
    class: 'paired',
    permission: 'speedTest',
    answer: (context, request) => beginSpeedTest(context.speedTests, request),
  },
  {
    server: 'https',
    path: '/earthshine/speedtest/rate',
    class: 'paired',
    permission: 'speedTest',
    answer: (context, request) => setSpeedTestRate(context.speedTests, request),
  },
  {
    server: 'https',
    path: '/earthshine/speedtest/held',
    class: 'paired',
    permission: 'speedTest',
    answer: (context, request) => noteHeldRate(context.speedTests, request),
  },
];

function serverInfo(context: RouteContext, request: RouteRequest): XmlAnswer {
  const { device, localAddress } = request;
  const externalIp = context.externalIp();
  return {
    status: 200,
    elements: serverInfoElements({
      hostName: context.hostName(),
      hostId: context.identity.hostId,
      ports: context.ports,
      ...(device && { mac: macOf(localAddress, networkInterfaces()) }),
      localIp: localIpOf(localAddress),
      ...(externalIp !== undefined && { externalIp }),
      codecModes: context.codecModes(),
      paired: device !== undefined,
      currentGame: context.sessions.currentGame(device?.fingerprint),
    }),
  };
}

async function pair(context: RouteContext, request: RouteRequest): Promise<XmlAnswer> {
  return context.pairing.answer(request.query, request.remoteAddress, request.gone);
}

/** Always a success: an error here would hide the one that made the client come (protocol 1 §2.7). */
async function unpair(context: RouteContext, request: RouteRequest): Promise<XmlAnswer> {
  await context.pairing.abandon(request.query, request.remoteAddress);
  return { status: 200 };
}

/** Phase 5: that the certificate was accepted is the whole answer. */
function pairChallenge(_context: RouteContext, request: PairedRequest): XmlAnswer {
  return request.query.get('phrase') === 'pairchallenge'
    ? { status: 200, elements: [['paired', 1]] }
    : { status: 400, message: 'Pairing out of order.', elements: [['paired', 0]] };
}

function appList(context: RouteContext): XmlAnswer {
  const hdr = hasTenBit(context.codecModes()) ? 1 : 0;
  const elements = context.apps
    .list()
    .filter((app) => app.title.trim() !== '')
    .map((app): XmlElement => {
      return [
        'App',
        [
          ['IsHdrSupported', hdr],
          ['AppTitle', app.title],
          ['ID', app.gameId],
        ],
      ];
    });
  return { status: 200, elements };
}

async function appAsset(context: RouteContext, request: RouteRequest): Promise<RouteAnswer> {
  const id = request.query.get('appid') ?? '';
  const app = /^\d{1,10}$/.test(id) ? context.apps.byGameId(Number(id)) : undefined;
  if (!app) return 'no-image';
  try {
    return { png: await context.apps.art(app) };
  } catch (error) {
    context.log.warn({ err: error, app: app.id }, `The picture of ${app.title} cannot be read.`);
    return 'no-image';
  }
}

function launch(context: RouteContext, request: PairedRequest): Promise<XmlAnswer> {
  return start(context, request, 'launch', (wish, gameId) => {
    const app = gameId === undefined ? undefined : context.apps.byGameId(gameId);
    if (!app) throw new LaunchRefused(404, 'This app is no longer on the host.');
    return context.sessions.launch(wish, app);
  });
}

function resume(context: RouteContext, request: PairedRequest): Promise<XmlAnswer> {
  return start(context, request, 'resume', (wish, gameId) => context.sessions.resume(wish, gameId));
}

async function start(
  context: RouteContext,
  { device, query, remoteAddress, localAddress }: PairedRequest,
  kind: 'launch' | 'resume',
  begin: (wish: LaunchRequest, gameId: number | undefined) => Promise<string>,
): Promise<XmlAnswer> {
  const flag = kind === 'launch' ? 'gamesession' : 'resume';
  const refused = (status: number, message: string): XmlAnswer => {
    return { status, message, elements: [[flag, 0]] };
  };
  try {
    const { gameId, request } = readLaunchParameters(query, kind);
    const url = await begin({ ...request, device, remoteAddress, localAddress }, gameId);
    return {
      status: 200,
      elements: [
        ['sessionUrl0', url],
        [flag, 1],
      ],
    };
  } catch (error) {
    if (error instanceof LaunchMalformed) return refused(400, error.message);
    if (error instanceof LaunchRefused) {
      context.log.info(
        { device: device.name, status: error.status, kind },
        `${device.name} may not start: ${error.message}`,
      );
      return refused(error.status, error.message);
    }
    context.log.error({ err: error, device: device.name, kind }, 'A session could not be started.');
    return refused(503, 'The host could not start the session. Its log says why.');
  }
}

async function cancel(context: RouteContext, request: PairedRequest): Promise<XmlAnswer> {
  try {
    await context.sessions.cancel(request.device.fingerprint);
    return { status: 200, elements: [['cancel', 1]] };
  } catch (error) {
    context.log.error({ err: error }, 'A session could not be ended.');
    return {
      status: 503,
      message: 'The host could not end the session. Its log says why.',
      elements: [['cancel', 0]],
    };
  }
}
