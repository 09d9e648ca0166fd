import { variant, type BusObject, type SessionBus } from '../../dbus/session-bus.ts';
import type { BusValue } from '../../native/session-bus-addon.ts';
import { within } from '../deadline.ts';

const SCREEN_CAST: BusObject = {
  destination: 'org.gnome.Mutter.ScreenCast',
  path: '/org/gnome/Mutter/ScreenCast',
  interface: 'org.gnome.Mutter.ScreenCast',
};
const REMOTE_DESKTOP: BusObject = {
  destination: 'org.gnome.Mutter.RemoteDesktop',
  path: '/org/gnome/Mutter/RemoteDesktop',
  interface: 'org.gnome.Mutter.RemoteDesktop',
};
/** of its own numbering; the portal's is another */
const CURSOR_METADATA = 2;
/** milliseconds */
const STREAM_LIMIT = 5_000;

/** A monitor that does not exist yet: what it is to be. */
export interface VirtualMonitor {
  readonly width: number;
  readonly height: number;
  /** Hz */
  readonly rate: number;
}

/** What Mutter hands out until the session is stopped or its bus connection ends. */
export interface MutterStream {
  /** of the PipeWire node */
  readonly node: number;
  stop(): Promise<void>;
}

/**
 * Begins a screen cast. A remote desktop session holds it: that is how Mutter tells a stream that a user sees from a
 * recording, and it is what input comes with.
 *
 * @param what a connector's name, or a monitor to make
 * @param closed the desktop has ended it: its screen is locked, its monitor gone
 * @throws Error with a sentence
 */
export async function startScreenCast(
  bus: SessionBus,
  what: string | VirtualMonitor,
  closed: () => void,
): Promise<MutterStream> {
  const [remotePath] = (await bus.call(REMOTE_DESKTOP, 'CreateSession')) as [string];
  const remote: BusObject = {
    ...REMOTE_DESKTOP,
    path: remotePath,
    interface: 'org.gnome.Mutter.RemoteDesktop.Session',
  };
  const id = (await bus.property(remote, 'SessionId')) as string;
  const [castPath] = (await bus.call(SCREEN_CAST, 'CreateSession', 'a{sv}', [
    { 'remote-desktop-session-id': variant('s', id) },
  ])) as [string];
  const cast: BusObject = {
    ...SCREEN_CAST,
    path: castPath,
    interface: 'org.gnome.Mutter.ScreenCast.Session',
  };
  const [streamPath] = (await (typeof what === 'string'
    ? bus.call(cast, 'RecordMonitor', 'sa{sv}', [what, recordOptions()])
    : bus.call(cast, 'RecordVirtual', 'a{sv}', [virtualOptions(what)]))) as [string];
  const stream: BusObject = {
    ...SCREEN_CAST,
    path: streamPath,
    interface: 'org.gnome.Mutter.ScreenCast.Stream',
  };
  const added = Promise.withResolvers<number>();
  bus.onSignal(stream, 'PipeWireStreamAdded', ([node]) => added.resolve(Number(node)));
  bus.onNameLost(REMOTE_DESKTOP.destination, closed);
  bus.onSignal(remote, 'Closed', () => {
    added.reject(new Error('GNOME ended the screen cast: is its screen locked?'));
    closed();
  });
  added.promise.catch(() => {});
  await bus.call(remote, 'Start');
  const node = await within(STREAM_LIMIT, added.promise, 'GNOME has not begun to stream in time.');
  return {
    node,
    stop: async () => {
      await bus.call(remote, 'Stop').catch(() => {});
    },
  };
}

function recordOptions(): Record<string, BusValue> {
  return { 'cursor-mode': variant('u', CURSOR_METADATA) };
}

/** `modes` is understood from GNOME 50 on and ignored before; a platform's monitor is laid out like one that was plugged. */
function virtualOptions({ width, height, rate }: VirtualMonitor): Record<string, BusValue> {
  const mode = {
    size: variant('(uu)', [width, height]),
    'refresh-rate': variant('d', rate),
    'is-preferred': variant('b', true),
    'preferred-scale': variant('d', 1),
  };
  return {
    ...recordOptions(),
    'is-platform': variant('b', true),
    modes: variant('aa{sv}', [mode]),
  };
}
