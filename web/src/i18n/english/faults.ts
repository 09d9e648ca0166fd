export const faults = {
  'faults.none': 'Nothing went wrong',
  'faults.none.how':
    'A launch that was refused, a crash of the encoder, a command that failed, a stream that stayed bad: it is listed here, also after a restart.',
  'faults.none.since': 'Nothing went wrong since.',
  'faults.start': 'Since the start of {when}, version {version}',
  'faults.before': 'Before',
  'faults.times': { one: 'once', other: '{count} times since {when}' },
  'faults.dismissed': 'dismissed',
  'faults.dismiss': 'Dismiss',
  'faults.dismiss.of': 'Dismiss: {message}',
  'faults.undismiss': 'Take back',
  'faults.undismiss.of': 'Take back that this is dismissed: {message}',
  'faults.dismissAll': 'Dismiss all',
  'faults.withDismissed': 'Show dismissed ones',
  'faults.recording': 'Recording',
  'faults.log': 'Log of then',
  'faults.line': 'Lines: starts of the host',
} as const;
