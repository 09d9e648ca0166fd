import type { SettingName } from '../../../../server/src/config/settings-table.ts';

type Keys = `setting.${SettingName}.${'title' | 'help'}`;

/** The words of every setting of the table. */
export const settingWords = {
  'setting.data.title': 'Data folder',
  'setting.data.help': 'Where the host keeps its identity, pairings and pictures.',
  'setting.newIdentity.title': 'New identity',
  'setting.newIdentity.help':
    'Makes a new identity when the old one is gone: every device has to be paired again.',
  'setting.name.title': 'Name',
  'setting.name.help': 'What devices call this host.',
  'setting.logLevel.title': 'Log',
  'setting.logLevel.help': 'How much is logged; debug and trace are for finding a fault.',
  'setting.basePort.title': 'First GameStream port',
  'setting.basePort.help': 'The other ports of GameStream move with it.',
  'setting.adminPort.title': 'Port of the admin',
  'setting.adminPort.help': 'Where these pages are, over HTTPS.',
  'setting.adminHost.title': 'Names of the admin',
  'setting.adminHost.help': 'Further names by which browsers reach it, besides the machine’s own.',
  'setting.adminProxy.title': 'Reverse proxies',
  'setting.adminProxy.help':
    'Addresses of proxies in front of the admin; what they say of whom they speak for is believed.',
  'setting.bind.title': 'Addresses to listen on',
  'setting.bind.help': 'Devices reach the host at these alone.',
  'setting.allowPublic.title': 'Answer the internet',
  'setting.allowPublic.help':
    'Answers devices from public addresses too. A VPN into your network is the safer way.',
  'setting.display.title': 'X display',
  'setting.display.help': 'The display of the Desktop app, where that is X11.',
  'setting.desktop.title': 'Kind of desktop',
  'setting.desktop.help': 'Which desktop is streamed; auto finds the one that runs.',
  'setting.screen.title': 'Monitor',
  'setting.screen.help': 'Which monitor of the desktop is streamed.',
  'setting.monitors.title': 'Monitors beside a second screen',
  'setting.monitors.help':
    'What becomes of the PC’s own monitors while a second screen is streamed (KDE Plasma, GNOME and Sway): they stay on, or are off until it ends.',
  'setting.input.title': 'Way of input',
  'setting.input.help':
    'How keys, mouse and controllers get to the desktop; auto takes the best that works.',
  'setting.fecPercentage.title': 'Repair packets at the start',
  'setting.fecPercentage.help':
    'What a stream begins with, in per cent of the picture’s packets; it then follows the network.',
  'setting.encoder.title': 'Encoder',
  'setting.encoder.help':
    'What is tried first: nvenc for NVIDIA, vaapi for AMD and Intel, x264 for the processor, x265 for HEVC on the processor. Another one takes over where it does not work.',
  'setting.gpu.title': 'GPU that encodes',
  'setting.gpu.help': 'For a PC with several, as a render node: /dev/dri/renderD129.',
  'setting.sendMethod.title': 'Sending',
  'setting.sendMethod.help':
    'How packets are handed to the system; auto takes the quickest that works.',
  'setting.pacing.title': 'Pacing',
  'setting.pacing.help':
    'How a picture’s packets are spread over its time; burst is for good Ethernet only.',
  'setting.linkKbps.title': 'Speed of the network',
  'setting.linkKbps.help': 'Nothing leaves faster, in kbit/s.',
  'setting.packetSize.title': 'Largest video packet',
  'setting.packetSize.help':
    'In bytes, for a VPN that carries less than devices think. Where a device asks for more, the stream has no parity.',
  'setting.recordStreams.title': 'Record every stream',
  'setting.recordStreams.help':
    'With every second of it. A summary of each of the last streams is kept anyway.',
  'setting.recordingsMegabytes.title': 'Room for recordings',
  'setting.recordingsMegabytes.help':
    'In megabytes. When it is full, the oldest recordings go that are not pinned.',
  'setting.drop.title': 'Drop packets on purpose',
  'setting.drop.help':
    'To try how streams live with a bad network: 2 for 2 %, 2:5 for 2 % in bursts of 5.',
} as const satisfies Record<Keys, string>;

export const settings = {
  ...settingWords,
  'settings.search': 'Search the settings',
  'settings.found': { one: '{count} setting', other: '{count} settings' },
  'settings.none': 'No setting has “{words}” in it.',
  'settings.group.host': 'This host',
  'settings.group.network': 'Network',
  'settings.group.desktop': 'Desktop',
  'settings.group.sending': 'How video leaves',
  'settings.group.recordings': 'Recordings',
  'settings.unset': 'Unset: {unset}',
  'settings.counts.now': 'Counts at once.',
  'settings.counts.stream': 'Counts for the next stream.',
  'settings.counts.start': 'Counts from the next start of the host on.',
  'settings.chosen': 'Chosen here',
  'settings.locked.command line':
    'Given on the command line ({option}). Take it out there to choose it here.',
  'settings.locked.environment':
    'Given by the variable {variable}. Take it out there to choose it here.',
  'settings.locked.configuration file':
    'Given by the configuration file. Take it out there to choose it here.',
  'settings.locked.default': 'It is given when the host is started ({option}).',
  'settings.locked.store': 'It cannot be changed here.',
  'settings.pending': 'From the next start on: {value}',
  'settings.pending.unset': 'From the next start on: unset again.',
  'settings.reset': 'Reset',
  'settings.reset.of': 'Reset: {title}',
  'settings.save': 'Save',
  'settings.save.of': 'Save: {title}',
  'settings.saved': 'Saved.',
  'settings.list.hint': 'Several with commas between.',
  'settings.password': 'Your password',
  'settings.password.hint': 'Asked because this decides who reaches the machine.',
  'settings.confirm': 'Change “{title}”?',
  'problem.not-taken': 'it takes {takes}',
  'error.conflict.setting-locked': 'It is set elsewhere, and that comes first.',
} as const;
