export const overview = {
  'overview.notices': 'Notices',
  'overview.streams': 'Streams',
  'overview.nobody': 'Nobody is streaming',
  'overview.nobody.how':
    'Open Moonlight on a device and choose {name}. What it plays appears here.',
  'overview.steps': 'Three steps to the first stream',
  'overview.steps.secret': 'Make it yours',
  'overview.steps.secret.done': 'The password is set.',
  'overview.steps.doctor': 'Look at this machine',
  'overview.steps.doctor.looking': 'The doctor looks at it…',
  'overview.steps.doctor.see': 'See what to do',
  'overview.steps.doctor.good': 'Nothing stands in the way of a good stream.',
  'overview.steps.pair': 'Pair a device',
  'overview.steps.pair.how':
    'Open Moonlight on it, in the same network, and choose {name}. Moonlight shows a PIN; the device appears here by itself and asks for it.',
  'overview.steps.pattern': 'See the first picture',
  'overview.steps.pattern.how':
    '{device} is paired. Choose {name} there and start Test pattern: when it moves, the way is clear.',
  'overview.problems': 'Recent problems',
  'overview.problems.page': 'See to them',
  'overview.problems.all': 'Show all {count}',
  'overview.problems.fewer': 'Show fewer',
  'overview.host': 'This host',
  'overview.host.version': 'Earthshine {version} · up {time}',
  'overview.host.byHand':
    'If Moonlight does not find this host by itself, add it there by its address:',
  'overview.host.address': 'the address',
  'overview.host.picture': 'Picture',
  'overview.host.encoder': 'Encoder',
  'overview.host.sound': 'Sound',
  'overview.host.input': 'Input',
} as const;
