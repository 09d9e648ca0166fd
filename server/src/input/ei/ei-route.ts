import net from 'node:net';

import { SessionBus, variant, type BusObject } from '../../dbus/session-bus.ts';
import type { SessionBusAddon } from '../../native/session-bus-addon.ts';
import { EiSender } from './ei-sender.ts';

/** Where an EI server is to be had: from a desktop over its session bus, or behind a socket of its own. */
export type EiRoute = (
  | { readonly server: 'kwin' | 'mutter'; readonly busAddress: string }
  | { readonly server: 'socket'; readonly path: string }
) & {
  /** path of the desktop's Wayland display, which tells what the keys type; absent: text cannot be typed */
  readonly waylandDisplay?: string;
};

const KWIN: BusObject = {
  destination: 'org.kde.KWin',
  path: '/org/kde/KWin/EIS/RemoteDesktop',
  interface: 'org.kde.KWin.EIS.RemoteDesktop',
};
/** keyboard, pointer, touch: KWin and Mutter number them alike */
const DEVICE_TYPES = 1 | 2 | 4;

const MUTTER: BusObject = {
  destination: 'org.gnome.Mutter.RemoteDesktop',
  path: '/org/gnome/Mutter/RemoteDesktop',
  interface: 'org.gnome.Mutter.RemoteDesktop',
};

/**
 * A connection of its own for one client. The desktop takes the devices away when the bus connection ends, which
 * therefore lives as long as they do.
 *
 * @param name shown by the desktop
 * @throws Error with a sentence
 */
export async function connectEi(
  route: EiRoute,
  addon: () => SessionBusAddon,
  name: string,
): Promise<EiSender> {
  if (route.server === 'socket') return new EiSender(net.connect(route.path), name);
  const bus = new SessionBus(addon(), route.busAddress);
  try {
    const descriptor = await (route.server === 'kwin' ? askKWin(bus) : askMutter(bus));
    const sender = new EiSender(new net.Socket({ fd: descriptor }), name);
    sender.on('closed', () => bus.close());
    bus.on('closed', () => sender.close());
    return sender;
  } catch (error) {
    bus.close();
    throw error;
  }
}

async function askKWin(bus: SessionBus): Promise<number> {
  const [descriptor] = await bus.call(KWIN, 'connectToEIS', 'i', [DEVICE_TYPES]);
  return descriptor as number;
}

/** A remote desktop session without a picture: its regions are those of all monitors. */
async function askMutter(bus: SessionBus): Promise<number> {
  const [path] = (await bus.call(MUTTER, 'CreateSession')) as [string];
  const session = { ...MUTTER, path, interface: 'org.gnome.Mutter.RemoteDesktop.Session' };
  await bus.call(session, 'Start');
  const options = { 'device-types': variant('u', DEVICE_TYPES) };
  const [descriptor] = await bus.call(session, 'ConnectToEIS', 'a{sv}', [options]);
  return descriptor as number;
}
