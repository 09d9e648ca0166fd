import type { permissions as english } from '../english/permissions.ts';
import type { Translation } from '../messages.ts';

export const permissions: Translation<typeof english> = {
  'permission.see.label': 'Darf zusehen',
  'permission.see.hint': 'Aus: Es bleibt gekoppelt und erfährt es, wenn es etwas startet.',
  'permission.see.counts':
    'Gilt sofort: Ein laufender Stream wird verlassen, seine App läuft weiter.',
  'permission.hear.label': 'Darf zuhören',
  'permission.hear.hint': 'Aus: Seine Streams sind stumm.',
  'permission.hear.counts':
    'Gilt sofort: Ein laufender Stream wird verlassen, und der nächste ist stumm.',
  'permission.controllers.label': 'Darf Controller benutzen',
  'permission.controllers.hint': 'Aus: Seine Controller bewirken nichts.',
  'permission.controllers.counts': 'Gilt sofort, auch während es streamt.',
  'permission.launch.label': 'Darf Apps starten',
  'permission.launch.hint':
    'Aus: Es schließt sich an, was andere gestartet haben, und startet selbst nichts.',
  'permission.launch.counts': 'Gilt ab dem nächsten Start.',
  'permission.input.label': 'Darf Tastatur und Maus benutzen',
  'permission.input.hint': 'Aus: Was es tippt, zeigt und berührt, bewirkt nichts.',
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
  'permission.hostActions.label': 'Darf den PC schlafen legen und Apps beenden',
  'permission.hostActions.hint':
    'Seine Liste hat dann „Sleep“, „Switch Game Mode and desktop“ und „End the running app“, jeweils mit 5 Sekunden zum Abbrechen.',
  'permission.hostActions.counts': 'Gilt ab dem nächsten Start.',
  'preset.watch.label': 'Zusehen',
  'preset.watch.hint': 'Sieht und hört, was andere gestartet haben.',
  'preset.controllerOnly.label': 'Nur Controller',
  'preset.controllerOnly.hint':
    'Spielt bei anderen mit einem Controller mit, ohne Tastatur und Maus.',
  'preset.play.label': 'Spielen',
  'preset.play.hint': 'Startet Apps und spielt sie.',
  'preset.full.label': 'Alles',
  'preset.full.hint':
    'All das; es darf auch das Netzwerk messen, den PC schlafen legen und beenden, was läuft.',
};
