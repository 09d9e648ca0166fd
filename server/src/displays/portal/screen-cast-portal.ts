import { variant, type BusObject, type SessionBus } from '../../dbus/session-bus.ts';
import type { BusValue } from '../../native/session-bus-addon.ts';
import { within } from '../deadline.ts';

const PORTAL: BusObject = {
  destination: 'org.freedesktop.portal.Desktop',
  path: '/org/freedesktop/portal/desktop',
  interface: 'org.freedesktop.portal.ScreenCast',
};
const REQUEST = 'org.freedesktop.portal.Request';

/** org.freedesktop.portal.ScreenCast: bits of sources and cursor modes, and a permission that outlives the session */
const MONITOR = 1;
const CURSOR_MODES = [
  { bit: 4, name: 'metadata' },
  { bit: 2, name: 'embedded' },
  { bit: 1, name: 'hidden' },
] as const;
const PERSIST = 2;

/** milliseconds: answers of the desktop itself, and those that a person gives */
const ANSWER_LIMIT = 5_000;
const CONSENT_LIMIT = 60_000;
const NO_CONSENT =
  'Nobody has answered on the PC whether its screen may be shared. Look at its screen: it asks.';

export interface PortalStream {
  /** of the PipeWire node */
  readonly node: number;
  readonly cursor: (typeof CURSOR_MODES)[number]['name'];
  /** with it the desktop asks nobody the next time; a new one each time */
  readonly restoreToken: string | undefined;
}

/** Whether this desktop offers it, and monitors. @throws Error with a sentence */
export async function probePortal(bus: SessionBus): Promise<void> {
  const types = Number(await bus.property(PORTAL, 'AvailableSourceTypes'));
  if ((types & MONITOR) === 0) throw new Error("The desktop's portal shares no monitors.");
}

/**
 * Asks the desktop for one of its monitors; a person is asked too, unless a token says that they were.
 *
 * @param closed the desktop has ended it: somebody revoked it
 * @throws Error with a sentence
 */
export async function startPortalCast(
  bus: SessionBus,
  restoreToken: string | undefined,
  closed: () => void,
): Promise<PortalStream> {
  const modes = Number(await bus.property(PORTAL, 'AvailableCursorModes'));
  const cursor = CURSOR_MODES.find(({ bit }) => (modes & bit) !== 0) ?? CURSOR_MODES[2];
  bus.onNameLost(PORTAL.destination, closed);
  const ask = requests(bus);
  const { session_handle: session } = await ask('CreateSession', 'a{sv}', [], {
    session_handle_token: variant('s', 'earthshine'),
  });
  bus.onSignal(
    { ...PORTAL, path: String(session), interface: 'org.freedesktop.portal.Session' },
    'Closed',
    closed,
  );
  await ask('SelectSources', 'oa{sv}', [String(session)], {
    types: variant('u', MONITOR),
    multiple: variant('b', false),
    cursor_mode: variant('u', cursor.bit),
    persist_mode: variant('u', PERSIST),
    ...(restoreToken !== undefined && { restore_token: variant('s', restoreToken) }),
  });
  const { streams, restore_token: token } = await ask(
    'Start',
    'osa{sv}',
    [String(session), ''],
    {},
    CONSENT_LIMIT,
  );
  const node = (streams as readonly (readonly [number, unknown])[] | undefined)?.[0]?.[0];
  if (node === undefined) throw new Error("The desktop's portal shared nothing.");
  return { node, cursor: cursor.name, restoreToken: typeof token === 'string' ? token : undefined };
}

type Ask = (
  member: string,
  signature: string,
  body: readonly BusValue[],
  options: Readonly<Record<string, BusValue>>,
  limit?: number,
) => Promise<Readonly<Record<string, unknown>>>;

/**
 * The portal's way to answer: a method names a request, whose signal brings the result. One is asked at a time, and its
 * signals go to who asked, so the next one is the answer.
 */
function requests(bus: SessionBus): Ask {
  let answer = Promise.withResolvers<readonly [number, Readonly<Record<string, unknown>>]>();
  bus.onAnySignal(REQUEST, 'Response', ([code, results]) =>
    answer.resolve([Number(code), results as Readonly<Record<string, unknown>>]),
  );
  let number = 0;
  return async (member, signature, body, options, limit = ANSWER_LIMIT) => {
    answer = Promise.withResolvers();
    const token = variant('s', `earthshine${++number}`);
    await bus.call(PORTAL, member, signature, [...body, { ...options, handle_token: token }]);
    const late = limit === CONSENT_LIMIT ? NO_CONSENT : "The desktop's portal does not answer.";
    const [code, results] = await within(limit, answer.promise, late);
    if (code === 1) throw new Error('Sharing the screen was refused on the PC.');
    if (code !== 0) throw new Error("The desktop's portal could not share a screen.");
    return results;
  };
}
