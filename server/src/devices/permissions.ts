/**
 * What the owner lets a device do. One row is one permission: the store, the API, `ctl`, the refusals of
 * GameStream and the page are made from it. A new one is a row here, and the place that enforces it.
 *
 * This file imports nothing: the page reads it too.
 */
interface Row {
  /** for a device that was just paired, and for one that was paired before the permission existed */
  readonly default: boolean;
  /** what the device may do then */
  readonly effect: string;
  /** when a change of it counts */
  readonly counts: string;
  /** the page's switch */
  readonly label: string;
  /** below the switch */
  readonly hint: string;
  /** how `ctl` calls it, and its two states */
  readonly word: string;
  readonly states: { readonly on: string; readonly off: string };
  /** granting it weakens what protects this PC: whoever does so in a browser says the password again */
  readonly asksPassword?: true;
}

export const PERMISSIONS = {
  see: {
    default: true,
    effect: 'it may stream at all',
    counts: 'at once: a stream that runs is left, and its app goes on',
    label: 'May watch',
    hint: 'Off: it stays paired and is told so when it starts something.',
    word: 'watching',
    states: { on: 'allowed', off: 'not allowed' },
  },
  hear: {
    default: true,
    effect: 'its streams have sound',
    counts: 'at once: a stream that runs is left, and the next one is silent',
    label: 'May hear',
    hint: 'Off: its streams are silent.',
    word: 'sound',
    states: { on: 'allowed', off: 'not allowed' },
  },
  input: {
    default: true,
    effect: 'its keys, mouse, touch and pen reach the desktop that it watches',
    counts: 'at once, also while it streams',
    label: 'May use keyboard and mouse',
    hint: 'Off: what it types, points at and touches does nothing.',
    word: 'keyboard and mouse',
    states: { on: 'allowed', off: 'not allowed' },
  },
  controllers: {
    default: true,
    effect: 'its controllers reach the desktop that it watches',
    counts: 'at once, also while it streams',
    label: 'May use controllers',
    hint: 'Off: its controllers do nothing.',
    word: 'controllers',
    states: { on: 'allowed', off: 'not allowed' },
  },
  launch: {
    default: true,
    effect: 'it may start apps; else it joins what runs',
    counts: 'with its next start',
    label: 'May start apps',
    hint: 'Off: it joins what others have started, and starts nothing itself.',
    word: 'starting apps',
    states: { on: 'allowed', off: 'not allowed' },
  },
  adaptive: {
    default: true,
    effect: 'parity and bitrate of its streams follow the losses that it reports',
    counts: 'at once, also while it streams',
    label: 'Adapt to the network',
    hint: 'When packets get lost, its stream sends more protection or a lower bitrate, and recovers later.',
    word: 'adaptive streams',
    states: { on: 'on', off: 'off' },
  },
  speedTest: {
    default: false,
    effect: 'it may measure the network with a speed test',
    counts: 'at once: a test that runs ends',
    label: 'May run speed tests',
    hint: 'It may fill the network for ten seconds to measure how fast it is (earthshine probe).',
    word: 'speed test',
    states: { on: 'allowed', off: 'not allowed' },
  },
  unlock: {
    default: false,
    effect: 'a locked screen is unlocked once its stream runs, and locked again at the end',
    counts: 'with its next stream',
    label: 'May unlock the screen',
    hint: 'Whoever holds the device is then let in without the password of this PC, as long as it streams.',
    word: 'unlocking',
    states: { on: 'allowed', off: 'not allowed' },
    asksPassword: true,
  },
  privateSession: {
    default: false,
    effect: "apps that run on the desktop's screen run in a private session when it starts them",
    counts: 'with the next app that it starts',
    label: 'Start apps in a private session',
    hint: 'Its apps run where nobody sees them on the PC, each device on its own. Desktop itself stays what it is.',
    word: 'private sessions',
    states: { on: 'on', off: 'off' },
  },
  endApps: {
    default: false,
    effect: 'its quit ends an app that another device started and is away from',
    counts: 'with its next quit',
    label: 'May end apps of others who are away',
    hint: 'Off: when it quits an app that another device started, its own view ends and the app waits for that device.',
    word: 'ending apps of others',
    states: { on: 'allowed', off: 'not allowed' },
  },
  hostActions: {
    default: false,
    effect:
      'its list has what the host can do: sleep, switch between Game Mode and desktop, end the running app',
    counts: 'with its next start',
    label: 'May send the PC to sleep and end apps',
    hint: 'Its list then has "Sleep", "Switch Game Mode and desktop" and "End the running app", each with 5 seconds to cancel.',
    word: 'host actions',
    states: { on: 'allowed', off: 'not allowed' },
  },
} as const satisfies Record<string, Row>;

export type Permission = keyof typeof PERMISSIONS;

/** What one device may do. */
export type Permissions = Readonly<Record<Permission, boolean>>;

/** What is absent or undefined stays as it is. */
export type PermissionChange = { readonly [name in Permission]?: boolean | undefined };

export const PERMISSION_NAMES = Object.keys(PERMISSIONS) as readonly Permission[];

/** Whether this grants what a browser has to say the password again for. */
export function asksPassword(change: PermissionChange): boolean {
  return PERMISSION_NAMES.some((name) => 'asksPassword' in PERMISSIONS[name] && change[name]);
}

/** One value for each permission. */
export function eachPermission<T>(of: (name: Permission) => T): Record<Permission, T> {
  return Object.fromEntries(PERMISSION_NAMES.map((name) => [name, of(name)])) as Record<
    Permission,
    T
  >;
}

/** What a device may do before its owner says otherwise. */
export const DEFAULT_PERMISSIONS: Permissions = eachPermission((name) => PERMISSIONS[name].default);

/**
 * Sets of permissions by name, for whoever does not want to think of each. What a set does not name stays as it is; a
 * device is of the first set that fits it.
 */
export const PRESETS = {
  watch: {
    ...{ see: true, hear: true, input: false, controllers: false, launch: false, endApps: false },
    hostActions: false,
  },
  controllerOnly: {
    ...{ see: true, hear: true, input: false, controllers: true, launch: false, endApps: false },
    hostActions: false,
  },
  play: {
    ...{ see: true, hear: true, input: true, controllers: true, launch: true, endApps: false },
    hostActions: false,
  },
  full: {
    ...{ see: true, hear: true, input: true, controllers: true, launch: true, endApps: true },
    speedTest: true,
    hostActions: true,
  },
} as const satisfies Record<string, PermissionChange>;

export type Preset = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as readonly Preset[];

/** undefined: its owner chose something of his own */
export function presetOf(permissions: Permissions): Preset | undefined {
  return PRESET_NAMES.toReversed().find((name) =>
    Object.entries(PRESETS[name]).every(
      ([permission, allowed]) => permissions[permission as Permission] === allowed,
    ),
  );
}

/** The option of `ctl clients set`: `speedTest` is `speed-test`. */
export function permissionOption(name: Permission): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** What a device reads that asks for something that it may not do. */
export function permissionRefusal(name: Permission): string {
  return (
    `"${PERMISSIONS[name].label}" is off for this device. Switch it on on the Devices page of the admin, or with: ` +
    `earthshine ctl clients set DEVICE --${permissionOption(name)} on`
  );
}
