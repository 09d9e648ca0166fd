import type { account as english } from '../english/account.ts';
import type { Translation } from '../messages.ts';

export const account: Translation<typeof english> = {
  'account.pages': 'Diese Seiten',
  'account.pages.hint': 'Nur in diesem Browser gemerkt.',
  'login.text': 'Melden Sie sich an, um zu sehen, wer spielt, und um Geräte zuzulassen.',
  'login.expired':
    'Ihre Anmeldung ist abgelaufen. Melden Sie sich wieder an: Was Sie bearbeitet haben, ist noch da.',
  'login.password': 'Passwort',
  'login.action': 'Anmelden',
  'login.forgotten':
    'Vergessen, oder durch fremde Fehlversuche ausgesperrt? Auf dem Host selbst geht immer:',
  'setup.title': 'Willkommen bei Earthshine',
  'setup.text':
    '{name} wartet auf Sie. Beim Start wurde ein Code ausgegeben; geben Sie ihn hier ein und wählen Sie ein Passwort.',
  'setup.text.known':
    '{name} wartet auf Sie. Wählen Sie ein Passwort, für den Tag, an dem Sie von einem anderen Gerät kommen.',
  'setup.secret': 'Code vom ersten Start',
  'setup.secret.hint':
    'Er steht im Terminal oder im Journal des Hosts. Großschreibung und Bindestriche sind gleich.',
  'setup.password': 'Passwort wählen',
  'setup.again': 'Noch einmal',
  'setup.differ': 'Die beiden Passwörter sind verschieden.',
  'setup.action': 'Los geht’s',
  'password.hint':
    'Mindestens 8 Zeichen; am besten einige Wörter, die nichts miteinander zu tun haben.',
  'account.password': 'Passwort',
  'account.current': 'Bisheriges Passwort',
  'account.new': 'Neues Passwort',
  'account.new.hint': 'Mindestens 8 Zeichen. Alle anderen Anmeldungen enden.',
  'account.change': 'Passwort ändern',
  'account.changed': 'Das Passwort ist geändert.',
  'account.signOut': 'Abmelden',
  'account.language': 'Sprache',
  'account.language.browser': 'Wie im Browser ({language})',
  'account.theme': 'Darstellung',
  'account.theme.system': 'Wie im System',
  'account.theme.light': 'Hell',
  'account.theme.dark': 'Dunkel',
};
