import { isIP } from 'node:net';
import os from 'node:os';
import path from 'node:path';

import { DEFAULT_BASE_PORT } from '../gamestream/ports.ts';
import type { DropSettings } from '../native/media-addon.ts';
import { asReached } from '../network/address.ts';
import { OptionError } from './option-error.ts';
import { choice, listOf, onOff, text, wholeNumber } from './setting-kind.ts';
import type { SettingKind } from './setting-kind.ts';

/** Headings of the help, the reference and the settings page, in their order. */
export const SETTING_GROUPS = {
  host: 'This host',
  network: 'Network',
  desktop: 'Desktop',
  sending: 'How video leaves',
  recordings: 'Recordings',
} as const;

/** One thing that can be set from outside; the help, the reference and what is read are made from it. */
export interface SettingRow<T> {
  readonly kind: SettingKind<T>;
  readonly group: keyof typeof SETTING_GROUPS;
  /** what stands for the value in the help; absent for a switch */
  readonly argument?: string;
  /** one line without a full stop */
  readonly help: string;
  /** what holds while nobody has set it, in words */
  readonly unset: string;
  /** when a change counts: at once, for every stream that begins, or when the host starts */
  readonly readAt: 'now' | 'stream' | 'start';
  /** it cannot be chosen in the admin: it says where that lies, or is one start's own matter */
  readonly notChosen?: true;
  /** its value is never shown */
  readonly secret?: true;
}

const row = <T>(row: SettingRow<T>): SettingRow<T> => row;

const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const NUMERIC_ADDRESSES = listOf(
  'a numeric address, like 192.0.2.7 or ::1',
  text('', (address) => (isIP(address) ? address : undefined)),
);

export const DEFAULT_LINK_KBPS = 800_000;

/** The same name is an option (`--base-port`), a variable (`EARTHSHINE_BASE_PORT`) and a key of the file (`basePort`). */
const SETTINGS = {
  data: row({
    kind: text('a folder', (folder) => path.resolve(folder)),
    group: 'host',
    argument: 'DIR',
    help: 'where the host keeps its identity, store and pictures',
    unset: '~/.local/share/earthshine',
    readAt: 'start',
    notChosen: true,
  }),
  name: row({
    kind: text('a name of at most 63 bytes', (name) =>
      // One label of a DNS name, which discovery makes of it (RFC 6763 §4.1.1).
      Buffer.byteLength(name) <= 63 && !/\p{Cc}/u.test(name) ? name : undefined,
    ),
    group: 'host',
    argument: 'NAME',
    help: 'what clients call this host',
    unset: "the machine's name",
    readAt: 'now',
  }),
  newIdentity: row({
    kind: onOff,
    group: 'host',
    help: 'make a new identity where the old one is damaged or gone; every device has to be paired again',
    unset: 'no',
    readAt: 'start',
    notChosen: true,
  }),
  logLevel: row({
    kind: choice(...LOG_LEVELS),
    group: 'host',
    argument: 'LEVEL',
    help: `how much is logged: ${LOG_LEVELS.join(', ')}`,
    unset: 'info',
    readAt: 'now',
  }),
  basePort: row({
    // 65514 leaves room for the RTSP port, 21 above the base; 1029 for HTTPS, 5 below.
    kind: wholeNumber(1029, 65514),
    group: 'network',
    argument: 'N',
    help: 'first of the GameStream ports; the others move with it',
    unset: String(DEFAULT_BASE_PORT),
    readAt: 'start',
  }),
  adminPort: row({
    kind: wholeNumber(1024, 65535),
    group: 'network',
    argument: 'N',
    help: 'HTTPS port of the admin',
    unset: 'base port + 1',
    readAt: 'start',
  }),
  adminHost: row({
    kind: listOf(
      'the name of a host, like play.example.org',
      text('', (name) => (/^[a-z0-9._-]{1,253}$/.test(asReached(name)) ? name : undefined)),
    ),
    group: 'network',
    argument: 'NAME',
    help: 'further name by which browsers reach the admin; may be given several times',
    unset: 'none',
    readAt: 'now',
  }),
  adminProxy: row({
    kind: NUMERIC_ADDRESSES,
    group: 'network',
    argument: 'ADDR',
    help: 'address of a reverse proxy in front of the admin; may be given several times',
    unset: 'none',
    readAt: 'now',
  }),
  bind: row({
    kind: NUMERIC_ADDRESSES,
    group: 'network',
    argument: 'ADDR',
    help: 'address to listen on; may be given several times',
    unset: 'all',
    readAt: 'start',
  }),
  allowPublic: row({
    kind: onOff,
    group: 'network',
    help: 'answer devices from public addresses too',
    unset: 'no',
    readAt: 'now',
  }),
  display: row({
    kind: text('an X display, like :0'),
    group: 'desktop',
    argument: 'DISPLAY',
    help: 'X display of the Desktop app',
    unset: '$DISPLAY',
    readAt: 'stream',
  }),
  desktop: row({
    kind: choice('auto', 'gamescope', 'kwin', 'mutter', 'portal', 'sway', 'x11'),
    group: 'desktop',
    argument: 'KIND',
    help: 'kind of desktop: auto, gamescope, kwin, mutter, portal, sway or x11',
    unset: 'auto',
    readAt: 'stream',
  }),
  screen: row({
    kind: text('the name of a monitor, as xrandr or the desktop shows it'),
    group: 'desktop',
    argument: 'NAME',
    help: 'monitor of the desktop',
    unset: 'the primary one',
    readAt: 'stream',
  }),
  monitors: row({
    kind: choice('keep', 'off'),
    group: 'desktop',
    argument: 'CHOICE',
    help: "the PC's own monitors while a second screen is streamed: keep, or off",
    unset: 'keep',
    readAt: 'stream',
  }),
  input: row({
    kind: choice('auto', 'uinput', 'desktop', 'xtest', 'none'),
    group: 'desktop',
    argument: 'KIND',
    help: 'how input gets to the desktop: auto, uinput, desktop (its own way), xtest or none',
    unset: 'auto',
    readAt: 'stream',
  }),
  fecPercentage: row({
    kind: wholeNumber(0, 255, 'per cent'),
    group: 'sending',
    argument: 'N',
    help: 'parity that a stream begins with, per cent of the packets of a frame',
    unset: '20',
    readAt: 'stream',
  }),
  encoder: row({
    kind: choice('auto', 'nvenc', 'vaapi', 'x264', 'x265'),
    group: 'sending',
    argument: 'NAME',
    help: 'the encoder that is tried first: nvenc (NVIDIA), vaapi (AMD, Intel), x264, x265 or auto',
    unset: 'auto',
    readAt: 'start',
  }),
  gpu: row({
    kind: text('a render node, like /dev/dri/renderD128', (node) =>
      path.isAbsolute(node) ? node : undefined,
    ),
    group: 'sending',
    argument: 'NODE',
    help: 'the GPU that encodes, as a render node: /dev/dri/renderD128',
    unset: 'the first that works',
    readAt: 'start',
  }),
  sendMethod: row({
    kind: choice('auto', 'gso', 'sendmmsg', 'send'),
    group: 'sending',
    argument: 'KIND',
    help: 'how packets are handed to the system: auto, gso, sendmmsg or send',
    unset: 'auto',
    readAt: 'stream',
  }),
  pacing: row({
    kind: choice('smooth', 'burst', 'off'),
    group: 'sending',
    argument: 'KIND',
    help: 'how a frame is spread: smooth, burst (good Ethernet only) or off',
    unset: 'smooth',
    readAt: 'stream',
  }),
  linkKbps: row({
    // 1 Gbit/s less a fifth for everything else on the link is what holds unset.
    kind: wholeNumber(1_000, 100_000_000, 'kbit/s'),
    group: 'sending',
    argument: 'N',
    help: 'no burst leaves faster, kbit/s',
    unset: String(DEFAULT_LINK_KBPS),
    readAt: 'stream',
  }),
  packetSize: row({
    // 576 is what every IPv4 path carries (RFC 791), less headers. For a VPN that carries less than devices think.
    kind: wholeNumber(512, 8944, 'bytes'),
    group: 'sending',
    argument: 'N',
    help: 'largest video packet, bytes; without parity where a device asks for more',
    unset: 'as the device asks',
    readAt: 'stream',
  }),
  drop: row({
    kind: text('a share of 100 like 2, 2:5 or 2:5:7', dropSettings),
    group: 'sending',
    argument: 'PERCENT[:BURST[:SEED]]',
    help: 'drop video packets on purpose, to test a network',
    unset: 'none',
    readAt: 'stream',
  }),
  recordStreams: row({
    kind: onOff,
    group: 'recordings',
    help: 'record every stream as a whole; a summary of each of the last ones is always kept',
    unset: 'no',
    readAt: 'stream',
  }),
  recordingsMegabytes: row({
    kind: wholeNumber(10, 1_000_000, 'megabytes'),
    group: 'recordings',
    argument: 'N',
    help: 'what recordings may take together; then the oldest go that are not pinned',
    unset: '500',
    readAt: 'now',
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];
type ValueOf<R> = R extends SettingRow<infer T> ? T : never;

export const settingRow = (name: SettingName): SettingRow<unknown> => SETTINGS[name];

/** What was set; absent: nobody did. */
export type SettingValues = { readonly [N in SettingName]?: ValueOf<(typeof SETTINGS)[N]> };

/** `--base-port` */
export const optionOf = (name: string): string => `--${wordOf(name)}`;
/** `base-port`, as `parseArgs` wants it */
export const wordOf = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
/** `EARTHSHINE_BASE_PORT` */
export const variableOf = (name: string): string =>
  `EARTHSHINE_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/** @throws OptionError when the user has no home folder at all */
export function defaultData(environment: NodeJS.ProcessEnv): string {
  return path.join(
    environment['XDG_DATA_HOME'] || path.join(homeFolder(environment), '.local/share'),
    'earthshine',
  );
}

function homeFolder(environment: NodeJS.ProcessEnv): string {
  if (environment['HOME']) return environment['HOME'];
  try {
    return os.homedir();
  } catch {
    // No HOME, and the system knows no user of this number.
    throw new OptionError(
      'This user has no home folder. Name a folder for the host: --data DIR, or EARTHSHINE_DATA.',
    );
  }
}

function dropSettings(given: string): DropSettings | undefined {
  if (!/^\d{1,3}(\.\d{1,6})?(:\d{1,9}(:\d{1,9})?)?$/.test(given)) return undefined;
  const [percentage = 0, burst = 1, seed = 1] = given.split(':').map(Number);
  return percentage <= 100 && burst >= 1 ? { percentage, burst, seed } : undefined;
}
