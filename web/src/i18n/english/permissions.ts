import type { Permission, Preset } from '../../../../server/src/devices/permissions.ts';

type Keys =
  | `permission.${Permission}.${'label' | 'hint' | 'counts'}`
  | `preset.${Preset}.${'label' | 'hint'}`;

/** For each row of the table of permissions: its switch, what that does, and when a change of it counts. */
export const permissions = {
  'permission.see.label': 'May watch',
  'permission.see.hint': 'Off: it stays paired, and is told so when it starts something.',
  'permission.see.counts': 'Counts at once: a stream that runs is left, and its app goes on.',
  'permission.hear.label': 'May hear',
  'permission.hear.hint': 'Off: its streams are silent.',
  'permission.hear.counts':
    'Counts at once: a stream that runs is left, and the next one is silent.',
  'permission.controllers.label': 'May use controllers',
  'permission.controllers.hint': 'Off: its controllers do nothing.',
  'permission.controllers.counts': 'Counts at once, also while it streams.',
  'permission.launch.label': 'May start apps',
  'permission.launch.hint': 'Off: it joins what others have started, and starts nothing itself.',
  'permission.launch.counts': 'Counts with its next start.',
  'permission.input.label': 'May use keyboard and mouse',
  'permission.input.hint': 'Off: what it types, points at and touches does nothing.',
  'permission.input.counts': 'Counts at once, also while it streams.',
  'permission.adaptive.label': 'Adapt to the network',
  'permission.adaptive.hint':
    'When packets get lost, its stream sends more protection or a lower bitrate, and recovers later.',
  'permission.adaptive.counts': 'Counts at once, also while it streams.',
  'permission.speedTest.label': 'May run speed tests',
  'permission.speedTest.hint':
    'It may fill the network for ten seconds to measure how fast it is (earthshine probe).',
  'permission.speedTest.counts': 'Counts at once: a test that runs ends.',
  'permission.unlock.label': 'May unlock the screen',
  'permission.unlock.hint':
    'Whoever holds the device is let in without the password of this PC, as long as it streams. What was locked is locked again at the end.',
  'permission.unlock.counts': 'Counts with its next stream.',
  'permission.privateSession.label': 'Start apps in a private session',
  'permission.privateSession.hint':
    'Its apps run where nobody sees them on the PC, each device on its own. Desktop itself stays what it is.',
  'permission.privateSession.counts': 'Counts with the next app that it starts.',
  'permission.endApps.label': 'May end apps of others who are away',
  'permission.endApps.hint':
    'Off: when it quits an app that another device started, its own view ends and the app waits for that device.',
  'permission.endApps.counts': 'Counts with its next quit.',
  'permission.hostActions.label': 'May send the PC to sleep and end apps',
  'permission.hostActions.hint':
    'Its list then has "Sleep", "Switch Game Mode and desktop" and "End the running app", each with 5 seconds to cancel.',
  'permission.hostActions.counts': 'Counts with its next start.',
  'preset.watch.label': 'Watch',
  'preset.watch.hint': 'Sees and hears what others have started.',
  'preset.controllerOnly.label': 'Controller only',
  'preset.controllerOnly.hint': 'Joins others with a controller, without keyboard and mouse.',
  'preset.play.label': 'Play',
  'preset.play.hint': 'Starts apps and plays them.',
  'preset.full.label': 'Full',
  'preset.full.hint':
    'All of that; it may measure the network, send the PC to sleep, and end what runs.',
} as const satisfies Record<Keys, string>;
