import type { permissions as english } from '../english/permissions.ts';
import type { Translation } from '../messages.ts';

export const permissions: Translation<typeof english> = {
  'permission.input.label': 'Darf Tastatur, Maus und Controller benutzen',
  'permission.input.hint': 'Aus: Es sieht und hört zu, und was dort gedrückt wird, bewirkt nichts.',
  'permission.input.counts': 'Gilt sofort, auch während es streamt.',
  'permission.adaptive.label': 'An das Netzwerk anpassen',
  'permission.adaptive.hint':
    'Gehen Pakete verloren, sendet sein Stream mehr Schutz oder eine niedrigere Bitrate und erholt sich später.',
  'permission.adaptive.counts': 'Gilt sofort, auch während es streamt.',
  'permission.speedTest.label': 'Darf das Netzwerk messen',
  'permission.speedTest.hint':
    'Es darf das Netzwerk zehn Sekunden lang füllen, um zu messen, wie schnell es ist (earthshine probe).',
  'permission.speedTest.counts': 'Gilt sofort: Eine laufende Messung endet.',
  'permission.unlock.label': 'Darf den Bildschirm entsperren',
  'permission.unlock.hint':
    'Wer das Gerät in der Hand hat, kommt ohne das Passwort dieses PCs hinein, solange es streamt. Was gesperrt war, wird am Ende wieder gesperrt.',
  'permission.unlock.counts': 'Gilt ab dem nächsten Stream.',
  'permission.privateSession.label': 'Apps in privater Sitzung starten',
  'permission.privateSession.hint':
    'Seine Apps laufen, wo am PC niemand sie sieht, jedes Gerät für sich. Desktop selbst bleibt, was es ist.',
  'permission.privateSession.counts': 'Gilt ab der nächsten App, die es startet.',
  'permission.endApps.label': 'Darf Apps anderer beenden, die nicht da sind',
  'permission.endApps.hint':
    'Aus: Beendet es eine App, die ein anderes Gerät gestartet hat, endet nur seine Ansicht, und die App wartet auf jenes Gerät.',
  'permission.endApps.counts': 'Gilt ab dem nächsten Beenden.',
};
