import type { overview as english } from '../english/overview.ts';
import type { Translation } from '../messages.ts';

export const overview: Translation<typeof english> = {
  'overview.notices': 'Hinweise',
  'overview.streams': 'Streams',
  'overview.nobody': 'Gerade streamt niemand',
  'overview.nobody.how':
    'Öffnen Sie Moonlight auf einem Gerät und wählen Sie {name}. Was es spielt, erscheint hier.',
  'overview.steps': 'In drei Schritten zum ersten Stream',
  'overview.steps.secret': 'Zu Ihrem machen',
  'overview.steps.secret.done': 'Das Passwort ist gesetzt.',
  'overview.steps.doctor': 'Diesen Rechner ansehen',
  'overview.steps.doctor.looking': 'Die Diagnose sieht ihn sich an…',
  'overview.steps.doctor.see': 'Was zu tun ist',
  'overview.steps.doctor.good': 'Nichts steht einem guten Stream im Weg.',
  'overview.steps.pair': 'Ein Gerät koppeln',
  'overview.steps.pair.how':
    'Öffnen Sie dort Moonlight, im selben Netz, und wählen Sie {name}. Moonlight zeigt eine PIN; das Gerät erscheint hier von selbst und fragt danach.',
  'overview.steps.pattern': 'Das erste Bild sehen',
  'overview.steps.pattern.how':
    '{device} ist gekoppelt. Wählen Sie dort {name} und starten Sie „Test pattern“: Bewegt es sich, ist der Weg frei.',
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
