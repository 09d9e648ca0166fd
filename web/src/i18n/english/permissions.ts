import type { Permission } from '../../../../server/src/devices/permissions.ts';

type Keys = `permission.${Permission}.${'label' | 'hint' | 'counts'}`;

/** For each row of the table of permissions: its switch, what that does, and when a change of it counts. */
export const permissions = {
  'permission.input.label': 'May use keys, mouse and controllers',
  'permission.input.hint': 'Off: it watches and hears, and what it presses does nothing.',
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
} as const satisfies Record<Keys, string>;
