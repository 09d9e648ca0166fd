import type { log as english } from '../english/log.ts';
import type { Translation } from '../messages.ts';

export const log: Translation<typeof english> = {
  'log.search': 'Protokoll durchsuchen',
  'log.least': 'Zeigen',
  'log.level.20': 'Alles',
  'log.level.30': 'Info',
  'log.level.40': 'Warnung',
  'log.level.50': 'Fehler',
  'log.part': 'Teil des Hosts',
  'log.part.all': 'Alle',
  'log.written': 'Was geschrieben wird',
  'log.pause': 'Anhalten',
  'log.resume': 'Weiter',
  'log.none': 'Es wurde nichts protokolliert, was passt.',
  'log.bundle': 'Support-Paket speichern',
  'log.bundle.hint':
    'Protokoll, Einstellungen und Befunde in einer Datei, ohne Namen, Adressen und Schlüssel.',
  'log.around': 'Rund um {when}:',
  'log.all': 'alles',
};
