import { SessionBus } from '../../dbus/session-bus.ts';
import type { SessionBusAddon } from '../../native/session-bus-addon.ts';
import { listOutputs, type WaylandOutput } from '../../wayland/outputs.ts';
import { WaylandConnection } from '../../wayland/wayland-connection.ts';
import { AbsentDesktop } from '../absent-desktop.ts';
import { findCompositors } from '../compositors.ts';
import { compositorBusAddress } from '../process-environment.ts';
import { grantScreencast } from './permission.ts';
import { Screencast } from './screencast.ts';

const NO_KWIN = 'No KWin with a Wayland display runs in this session.';
const REFUSED =
  'KWin does not let this program stream screens yet. Wait half a minute after an update, or sign out and in again; ' +
  '`getcap` of the program must print nothing.';
/** How long KDE's cache may need to know the permission, milliseconds. */
const GRANT_LIMIT = 4_000;

const KWIN = { destination: 'org.kde.KWin', path: '/KWin', interface: 'org.kde.KWin' };

/** A KWin that runs. */
export interface RunningKWin {
  /** path of its Wayland socket */
  readonly display: string;
  /** of the session that it belongs to */
  readonly busAddress: string | undefined;
}

/** @throws Error with a sentence */
export async function findKWin(): Promise<RunningKWin> {
  for (const { pid, display } of await findCompositors('kwin')) {
    if (display === undefined) continue;
    return { display, busAddress: await compositorBusAddress(pid) };
  }
  throw new AbsentDesktop(NO_KWIN);
}

/** Connects, and has the screencast permitted where it is not. @throws Error with a sentence */
export async function connectToKWin(
  display: string,
): Promise<{ readonly connection: WaylandConnection; readonly screencast: Screencast }> {
  let end: number | undefined;
  for (;;) {
    const connection = await WaylandConnection.open(display);
    const screencast = Screencast.on(connection);
    if (screencast) return { connection, screencast };
    connection.close();
    if (end === undefined) {
      await grantScreencast();
      end = performance.now() + GRANT_LIMIT;
    } else if (performance.now() > end) {
      throw new Error(REFUSED);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The screens as they are, and the name of the primary one. */
export async function kwinOutputs(
  connection: WaylandConnection,
): Promise<{ readonly outputs: readonly WaylandOutput[]; readonly primary: string | undefined }> {
  const order: string[] = [];
  const global = connection.find('kde_output_order_v1');
  const object =
    global &&
    connection.bind(global, 1, (opcode, args) => {
      if (opcode === 0) order.push(args.string());
    });
  const outputs = await listOutputs(connection);
  if (object) connection.request(object, 0); // destroy
  return { outputs, primary: order[0] };
}

/**
 * What to ask PipeWire for. Up to 6.7 a limit of the rate is that of the output's birth, so none is asked; from 6.8 on
 * pictures come at the rate that is asked for (KDE bug 524129).
 */
export async function kwinRate(
  addon: SessionBusAddon,
  { busAddress }: RunningKWin,
): Promise<'variable' | 'fractional'> {
  if (busAddress === undefined) return 'variable';
  const bus = new SessionBus(addon, busAddress);
  try {
    const [text] = await bus.call(KWIN, 'supportInformation');
    const [, major, minor] = /KWin version: (\d+)\.(\d+)/.exec(String(text)) ?? [];
    const isNewer = Number(major) > 6 || (Number(major) === 6 && Number(minor) >= 8);
    return isNewer ? 'fractional' : 'variable';
  } catch {
    return 'variable';
  } finally {
    bus.close();
  }
}
