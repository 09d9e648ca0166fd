import type { overview as english } from '../english/overview.ts';
import type { Translation } from '../messages.ts';

export const overview: Translation<typeof english> = {
  'overview.notices': 'Hinweise',
  'overview.streams': 'Streams',
  'overview.nobody': 'Gerade streamt niemand',
  'overview.nobody.how':
    'Öffnen Sie Moonlight auf einem Gerät und wählen Sie {name}. Was es spielt, erscheint hier.',
  'overview.steps': 'In drei Schritten zum ersten Stream',
  'overview.steps.1':
    'Installieren Sie Moonlight auf dem Gerät, auf dem Sie spielen möchten, im selben Netzwerk.',
  'overview.steps.2':
    'Öffnen Sie es und wählen Sie diesen Host. Moonlight zeigt eine PIN mit vier Ziffern.',
  'overview.steps.3':
    'Geben Sie die PIN hier ein: Das Gerät erscheint auf dieser Seite von selbst.',
  'overview.problems': 'Probleme der letzten Zeit',
  'overview.problems.page': 'Ansehen',
  'overview.problems.all': 'Alle {count} zeigen',
  'overview.problems.fewer': 'Weniger zeigen',
  'overview.host': 'Dieser Host',
  'overview.host.version': 'Earthshine {version} · läuft seit {time}',
  'overview.host.byHand':
    'Findet Moonlight diesen Host nicht von selbst, fügen Sie ihn dort über seine Adresse hinzu:',
  'overview.host.address': 'Adresse',
  'overview.host.picture': 'Bild',
  'overview.host.encoder': 'Encoder',
  'overview.host.sound': 'Ton',
  'overview.host.input': 'Eingabe',
};
