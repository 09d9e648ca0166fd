import type { Device } from '../../devices/devices.ts';
import { upToCodec } from '../codec-modes.ts';
import { networkInterfaces } from '../../network/interfaces.ts';
import { LaunchRefused, type LaunchRequest } from '../launches.ts';
import { localIpOf, macOf } from './interfaces.ts';
import { LaunchMalformed, readLaunchParameters } from './launch-parameters.ts';
import type { PairedRequest, Route, RouteAnswer, RouteContext, RouteRequest } from './route.ts';
import { serverInfoElements } from './serverinfo.ts';
import { beginSpeedTest, noteHeldRate, setSpeedTestRate } from './speed-test-routes.ts';
import type { XmlAnswer, XmlElement } from './xml.ts';

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
  // By its certificate: a stranger's polls start no process.
  if (device) context.sessions.anticipate();
  return {
    status: 200,
    elements: serverInfoElements({
      hostName: context.hostName(),
      hostId: context.identity.hostId,
      ports: context.ports,
      ...(device && { mac: macOf(localAddress, networkInterfaces()) }),
      localIp: localIpOf(localAddress),
      codecModes: upToCodec(context.codecModes(), device?.limits?.codec),
      paired: device !== undefined,
      currentGame: context.sessions.currentGame(device?.fingerprint),
    }),
  };
}

async function pair(context: RouteContext, request: RouteRequest): Promise<XmlAnswer> {
  return context.pairing.answer(request.query, request.remoteAddress, request.gone);
}

/**
 * Always a success: an error here would hide the one that made the client come (protocol 1 §2.7). Who asks over plain
 * HTTP may be anybody, so no paired device is removed; the answer says what was done.
 */
async function unpair(context: RouteContext, request: RouteRequest): Promise<XmlAnswer> {
  const abandoned = await context.pairing.abandon(request.query, request.remoteAddress);
  return {
    status: 200,
    message: abandoned
      ? 'The pairing was given up.'
      : 'Nothing was unpaired: a paired device is removed on the Devices page of the host.',
  };
}

/** Phase 5: that the certificate was accepted is the whole answer. */
function pairChallenge(_context: RouteContext, request: PairedRequest): XmlAnswer {
  return request.query.get('phrase') === 'pairchallenge'
    ? { status: 200, elements: [['paired', 1]] }
    : { status: 400, message: 'Pairing out of order.', elements: [['paired', 0]] };
}

function appList(context: RouteContext, { device }: PairedRequest): XmlAnswer {
  const elements = context.apps
    .list()
    .filter((app) => app.title.trim() !== '' && !app.toReview && context.isListed(app, device))
    .map((app): XmlElement => {
      return [
        'App',
        [
          // No SDR picture is called HDR, though an encoder may have 10 bits for it.
          ['IsHdrSupported', context.isHdr?.(app) === true ? 1 : 0],
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
    const refusal = (status: LaunchRefused['status'], sentence: string): unknown =>
      told(context, request.device, new LaunchRefused(status, sentence));
    if (!app) throw refusal(404, 'This app is no longer on the host.');
    if (app.toReview) {
      throw refusal(403, "The host's owner has to look at this app's commands first.");
    }
    return context.sessions.launch(wish, app);
  });
}

function resume(context: RouteContext, request: PairedRequest): Promise<XmlAnswer> {
  return start(context, request, 'resume', (wish, gameId) => context.sessions.resume(wish, gameId));
}

/** A launch that a player saw fail is among the problems, with the sentence that the player got. */
function told(context: RouteContext, device: Device, error: unknown): unknown {
  if (error instanceof LaunchRefused || error instanceof LaunchMalformed) {
    context.problems.report({ device: device.name, message: error.message });
  }
  return error;
}

function attempt<T>(work: () => T, failed: (error: unknown) => unknown): T {
  try {
    return work();
  } catch (error) {
    throw failed(error);
  }
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
    const { gameId, request } = attempt(
      () => readLaunchParameters(query, kind),
      (error) => told(context, device, error),
    );
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
    const message = 'The host could not start the session. Its log says why.';
    context.problems.report({ device: device.name, message });
    return refused(503, message);
  }
}

async function cancel(context: RouteContext, request: PairedRequest): Promise<XmlAnswer> {
  try {
    const left = await context.sessions.cancel(request.device.fingerprint);
    if (!left) return { status: 200, elements: [['cancel', 1]] };
    // A client shows what is no success; silence would leave a game running that nobody sees.
    return {
      status: 403,
      message:
        `Your view has ended. ${left.title} goes on: ${left.owner} started it and may come back. ` +
        'It can be ended there, on the host, or by a device that the host permits to.',
      elements: [['cancel', 0]],
    };
  } catch (error) {
    context.log.error({ err: error }, 'A session could not be ended.');
    return {
      status: 503,
      message: 'The host could not end the session. Its log says why.',
      elements: [['cancel', 0]],
    };
  }
}
