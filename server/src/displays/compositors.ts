import { readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';

import { sessionBusAddress } from '../dbus/session-bus.ts';

/** A process that shows a Wayland desktop, with the sockets that it listens on in the runtime directory. */
export interface Compositor {
  readonly pid: number;
  /** name of the program, as the kernel has it: 15 characters at most */
  readonly program: string;
  readonly sockets: readonly string[];
  /** path of its Wayland display; absent: it has none there */
  readonly display?: string;
}

/** Programs by the names that their processes have. */
const PROGRAMS = {
  sway: /^sway$/,
  kwin: /^kwin_wayland(_wr)?$/,
  mutter: /^(gnome-shell|mutter)$/,
  gamescope: /^gamescope/,
} as const;
export type CompositorKind = keyof typeof PROGRAMS;

/** What they call their sockets: for one with file capabilities, whose descriptors nobody else may see. */
const SOCKETS: Readonly<Record<CompositorKind, RegExp>> = {
  sway: /^(wayland-\d+|sway-ipc\..*)$/,
  kwin: /^wayland-\d+$/,
  mutter: /^wayland-\d+$/,
  gamescope: /^gamescope-\d+(-ei)?$/,
};

/** A listening socket's line in /proc/net/unix: the flag, its inode, its path. */
const LISTENING = /^\S+ \S+ \S+ 00010000 \S+ \S+ +(\d+) (\/.*)$/;

/**
 * Compositors of this user's session, by their processes and sockets: variables that the host inherited may be those of
 * a session that is over. Newest first.
 */
export async function findCompositors(kind: CompositorKind): Promise<Compositor[]> {
  const runtime = runtimeDirectory();
  if (runtime === undefined) return [];
  const listening = await listeningSockets(runtime);
  if (listening.size === 0) return [];
  const found = await Promise.all(
    (await readdir('/proc'))
      .filter((name) => /^\d+$/.test(name))
      .map((name) => compositor(Number(name), kind, listening)),
  );
  return found.filter((one) => one !== undefined).sort((a, b) => b.pid - a.pid);
}

/** A Wayland desktop of whatever kind: its display, and the bus that its programs have. */
export interface WaylandSession {
  readonly display: string;
  readonly busAddress: string;
}

/** The newest display that anybody listens for under one of the usual names. */
export async function waylandSession(): Promise<WaylandSession | undefined> {
  const runtime = runtimeDirectory();
  const busAddress = sessionBusAddress(process.env);
  if (runtime === undefined || busAddress === undefined) return undefined;
  const displays = [...(await listeningSockets(runtime)).values()]
    .filter((name) => /^wayland-\d+$/.test(path.basename(name)))
    .sort();
  const display = displays.at(-1);
  return display === undefined ? undefined : { display, busAddress };
}

export function runtimeDirectory(): string | undefined {
  return process.env['XDG_RUNTIME_DIR'] || undefined;
}

/** paths below a folder by inode */
async function listeningSockets(folder: string): Promise<Map<string, string>> {
  const table = await readFile('/proc/net/unix', 'utf8').catch(() => '');
  const sockets = new Map<string, string>();
  for (const line of table.split('\n')) {
    const [, inode, name] = LISTENING.exec(line) ?? [];
    // Deeper down lie private sessions, which are nobody's desktop.
    if (inode !== undefined && name !== undefined && path.dirname(name) === folder) {
      sockets.set(inode, name);
    }
  }
  return sockets;
}

async function compositor(
  pid: number,
  kind: CompositorKind,
  listening: ReadonlyMap<string, string>,
): Promise<Compositor | undefined> {
  try {
    const program = (await readFile(`/proc/${pid}/comm`, 'utf8')).trim();
    if (!PROGRAMS[kind].test(program)) return undefined;
    const sockets = await socketsOf(pid, kind, listening);
    if (sockets.size === 0) return undefined; // a helper of the same name
    const display = [...sockets].find((socket) => isDisplay(socket, sockets));
    return { pid, program, sockets: [...sockets], ...(display !== undefined && { display }) };
  } catch {
    return undefined; // ended, or somebody else's
  }
}

/** Those that it has open, or, where only it may know, those that are called like its own. */
async function socketsOf(
  pid: number,
  kind: CompositorKind,
  listening: ReadonlyMap<string, string>,
): Promise<Set<string>> {
  let descriptors: string[];
  try {
    descriptors = await readdir(`/proc/${pid}/fd`);
  } catch (error) {
    const isHidden = (error as NodeJS.ErrnoException).code === 'EACCES';
    if (!isHidden || !(await isOurs(pid))) throw error;
    const named = [...listening.values()].filter((name) => SOCKETS[kind].test(path.basename(name)));
    return new Set(named);
  }
  const sockets = new Set<string>();
  for (const descriptor of descriptors) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
    const socket = listening.get(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '');
    if (socket !== undefined) sockets.add(socket);
  }
  return sockets;
}

/** By the kernel's word: the owner of its files in /proc is root. */
async function isOurs(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]) === process.getuid!();
}

/** The name tells what others listen for: sway's commands, gamescope's input. */
function isDisplay(socket: string, all: ReadonlySet<string>): boolean {
  const name = path.basename(socket);
  if (/^sway-ipc\.|-ei$|^pipewire|^bus$/.test(name)) return false;
  return all.size === 1 || /^(wayland|gamescope)-\d+$/.test(name) || !/\.sock$/.test(name);
}
