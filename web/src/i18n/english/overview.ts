export const overview = {
  'overview.notices': 'Notices',
  'overview.streams': 'Streams',
  'overview.nobody': 'Nobody is streaming',
  'overview.nobody.how':
    'Open Moonlight on a device and choose {name}. What it plays appears here.',
  'overview.steps': 'Three steps to the first stream',
  'overview.steps.1':
    'Install Moonlight on the device that you want to play on, in the same network.',
  'overview.steps.2': 'Open it and choose this host. Moonlight shows a PIN of four digits.',
  'overview.steps.3': 'Type the PIN here: the device appears on this page by itself.',
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
