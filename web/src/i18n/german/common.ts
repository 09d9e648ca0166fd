import type { common as english } from '../english/common.ts';
import type { Translation } from '../messages.ts';

export const common: Translation<typeof english> = {
  'common.cancel': 'Abbrechen',
  'common.save': 'Speichern',
  'common.close': 'Schließen',
  'common.remove': 'Entfernen',
  'common.name': 'Name',
  'common.loading': 'Wird geladen …',
  'common.copy': '{what} kopieren: {text}',
  'common.copied': 'Kopiert',
  'common.none': 'Nichts',
  'common.works': 'geht:',
  'common.fails': 'geht nicht:',
  'common.times': { one: 'einmal', other: '{count}-mal' },
  'common.note': 'Hinweis:',
  'common.warning': 'Warnung:',
  'common.fault': 'Fehler:',
  'common.good': 'Gut:',
  'common.stale':
    'Der Host antwortet nicht. Was hier steht, kann veraltet sein; es wird weiter versucht …',
  'common.stale.theirs': 'Zeigen, was jetzt gilt',
  'common.stale.mine': 'Meines darüber speichern',
  'time.justNow': 'gerade eben',
  'time.seconds': '{seconds} s',
  'time.minutes': '{minutes} min',
  'time.hours': '{hours} h {minutes} min',
  'time.days': { one: '{count} Tag', other: '{count} Tage' },
  'unit.speakers.2': 'Stereo',
  'unit.speakers.other': '{count} Kanäle',
  'codec.best': 'Bester Codec',
  'codec.any': 'Was beide können',
};
