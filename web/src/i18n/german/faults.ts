import type { faults as english } from '../english/faults.ts';
import type { Translation } from '../messages.ts';

export const faults: Translation<typeof english> = {
  'faults.none': 'Nichts ist schiefgegangen',
  'faults.none.how':
    'Ein abgelehnter Start, ein Absturz des Encoders, ein Befehl, der nicht ging, ein Stream, der schlecht blieb: Das steht hier, auch nach einem Neustart.',
  'faults.none.since': 'Seitdem ist nichts schiefgegangen.',
  'faults.start': 'Seit dem Start am {when}, Version {version}',
  'faults.before': 'Davor',
  'faults.times': { one: 'einmal', other: '{count}-mal seit {when}' },
  'faults.dismissed': 'erledigt',
  'faults.dismiss': 'Erledigt',
  'faults.dismiss.of': 'Erledigt: {message}',
  'faults.undismiss': 'Zurücknehmen',
  'faults.undismiss.of': 'Nicht erledigt: {message}',
  'faults.dismissAll': 'Alle erledigt',
  'faults.withDismissed': 'Erledigte zeigen',
  'faults.recording': 'Aufzeichnung',
  'faults.log': 'Protokoll von da',
  'faults.line': 'Striche: Starts des Hosts',
};
