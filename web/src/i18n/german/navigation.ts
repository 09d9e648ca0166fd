import type { navigation as english } from '../english/navigation.ts';
import type { Translation } from '../messages.ts';

export const navigation: Translation<typeof english> = {
  'navigation.pages': 'Seiten',
  'navigation.more': 'Mehr',
  'navigation.skip': 'Zum Inhalt springen',
  'navigation.looking': 'Der Host wird gesucht …',
  'navigation.unreachable.title': 'Keine Antwort',
  'navigation.unreachable.retry': 'Noch einmal versuchen',
  'navigation.streaming': { one: '{count} Gerät streamt', other: '{count} Geräte streamen' },
  'navigation.waiting': {
    one: '{count} Gerät wartet auf die Kopplung',
    other: '{count} Geräte warten auf die Kopplung',
  },
  'navigation.pair': {
    one: 'Ein Gerät möchte gekoppelt werden.',
    other: '{count} Geräte möchten gekoppelt werden.',
  },
  'navigation.pair.pin': 'PIN eingeben',
  'navigation.unknown.title': 'Diese Seite gibt es nicht',
  'navigation.unknown.text': 'Unter „{address}“ ist nichts.',
  'navigation.unknown.home': 'Zur Übersicht',
  'page.overview': 'Übersicht',
  'page.devices': 'Geräte',
  'page.apps': 'Apps',
  'page.settings': 'Einstellungen',
  'page.doctor': 'Diagnose',
  'page.log': 'Protokoll',
  'page.faults': 'Fehler',
  'page.account': 'Konto',
};
