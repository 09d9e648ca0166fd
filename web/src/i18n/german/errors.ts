import type { errors as english } from '../english/errors.ts';
import type { Translation } from '../messages.ts';

export const errors: Translation<typeof english> = {
  'error.unreachable':
    'Der Host antwortet nicht. Läuft er, und ist dieses Gerät in seinem Netzwerk?',
  'error.unknown': 'Der Host hat mit {status} geantwortet.',
  'error.wait': '{sentence} Versuchen Sie es in {seconds} s noch einmal.',
  'error.invalid-request': 'Das nimmt der Host nicht an: {problem}.',
  'error.invalid-request.field': '{field}: {problem}.',
  'error.not-signed-in': 'Ihre Anmeldung ist abgelaufen. Melden Sie sich wieder an.',
  'error.wrong-token': 'Dieses Token gibt es nicht. Vielleicht wurde es entfernt.',
  'error.scope-missing': 'Dafür reicht kein Token. Melden Sie sich mit dem Passwort an.',
  'error.scope-missing.named': 'Dem Token fehlt der Umfang „{scope}“.',
  'error.not-set-up':
    'Es ist noch kein Passwort gesetzt. Setzen Sie eines mit dem Code, den der Host ausgibt.',
  'error.already-set-up': 'Ein Passwort ist schon gesetzt. Melden Sie sich damit an.',
  'error.wrong-password': 'Das Passwort ist falsch.',
  'error.wrong-secret':
    'Der Code ist falsch. Der Host gibt ihn beim Start aus; „earthshine ctl admin set-password“ braucht keinen.',
  'error.link-over':
    'Dieser Link wurde schon benutzt, ist älter als eine Minute oder wurde nicht auf dem Rechner selbst geöffnet. Öffnen Sie Earthshine noch einmal aus dem Menü, oder melden Sie sich mit dem Passwort an.',
  'error.password-required': 'Für diese Änderung wird noch einmal das Passwort gebraucht.',
  'error.too-many-attempts': 'Zu viele Fehlversuche.',
  'error.busy.trial': 'Ein anderer Befehl wird gerade ausprobiert. Warten Sie einen Moment.',
  'error.busy': 'Der Host hat gerade zu viel zu tun. Versuchen Sie es gleich noch einmal.',
  'error.foreign-origin':
    'Die Anfrage kam nicht von den Seiten des Admins. Öffnen Sie ihn und versuchen Sie es noch einmal.',
  'error.unknown-host':
    'Unter diesem Namen kennt sich dieser Rechner nicht. Nehmen Sie seine Adresse.',
  'error.public-address': 'Der Admin antwortet nur Geräten des lokalen Netzwerks.',
  'error.owner-only': 'Das geht nur mit „earthshine ctl“ auf dem Rechner selbst.',
  'error.not-found': 'Das gibt es nicht mehr. Vielleicht hat es jemand anders entfernt.',
  'error.not-found.app': 'Diese App gibt es nicht mehr. Vielleicht hat sie jemand anders entfernt.',
  'error.not-found.device': 'Dieses Gerät ist nicht mehr gekoppelt.',
  'error.not-found.session': 'Dieser Stream ist vorbei.',
  'error.not-found.fault': 'Dieser Fehler steht nicht mehr in der Liste.',
  'error.not-found.token': 'Dieses Token ist schon entfernt.',
  'error.not-found.sign-in': 'Diese Anmeldung ist schon vorbei.',
  'error.not-found.pairing':
    'Diese Anfrage ist vorbei. Beginnen Sie die Kopplung auf dem Gerät neu.',
  'error.method-not-allowed': 'Das tut der Host hier nicht.',
  'error.conflict.too-many-tokens': 'Es gibt {maximum} Token. Entfernen Sie zuerst eines.',
  'error.conflict.other-host-runs': 'Der andere Host läuft. Beenden Sie ihn zuerst.',
  'error.conflict.not-offered': 'Von einem anderen Host liegt dort nichts mehr.',
  'error.conflict.devices-paired':
    'Hier sind Geräte gekoppelt, die neu gekoppelt werden müssten. Erlauben Sie es.',
  'error.conflict.streaming':
    'Jemand streamt, und ein Test würde das stören. Versuchen Sie es danach noch einmal.',
  'error.conflict.test-runs':
    'Ein anderer Test des Netzes läuft. Versuchen Sie es in ein paar Sekunden noch einmal.',
  'error.conflict.no-network': 'Ein Programm auf diesem Rechner hat kein Netz zum Host.',
  'error.busy.no-process': 'Der Host konnte den Test nicht beginnen. Sein Protokoll sagt, warum.',
  'error.conflict.backup': 'Eine Sicherung wird gerade geschrieben.',
  'error.conflict.token-name': 'Ein anderes Token heißt so.',
  'error.conflict.stale':
    'Das hat inzwischen jemand geändert, hier oder anderswo: {changed}. Nichts wurde gespeichert.',
  'error.conflict':
    'Inzwischen hat sich etwas anderes geändert. Sehen Sie noch einmal hin und wiederholen Sie es.',
  'error.nothing-waits': 'Kein Gerät wartet auf eine PIN. Beginnen Sie die Kopplung auf dem Gerät.',
  'error.several-wait': 'Mehrere Geräte warten auf eine PIN. Sagen Sie, für welches sie ist.',
  'error.body-too-large': 'Das ist zu groß: höchstens {kilobytes} KiB.',
  'error.unsupported-body': 'Dateien dieser Art nimmt der Host nicht an.',
  'error.invalid-art':
    'Dieses Bild passt nicht: möglich ist ein PNG bis 8 MiB und 6 Millionen Pixel.',
  'error.not-stored':
    'Die Festplatte hat es nicht angenommen. Schaffen Sie Platz und versuchen Sie es noch einmal.',
  'error.internal': 'Das konnte der Host nicht. Der Grund steht in seinem Protokoll.',
  'field.name': 'der Name',
  'field.enabled': 'ob es zugelassen ist',
  'field.limits': 'Zeiten und Grenzen',
  'field.scopes': 'was es darf',
  'field.passphrase': 'die Passphrase',
  'field.newPassword': 'das neue Passwort',
  'field.app.title': 'der Titel',
  'field.app.source': 'worauf es läuft',
  'field.app.command': 'der Befehl',
  'field.app.shell': 'die Shell',
  'field.app.workingDirectory': 'der Ordner',
  'field.app.environment': 'die Umgebung',
  'field.app.preparation': 'die Vorbereitung',
  'field.app.endsWith': 'was es beendet',
  'field.app.codec': 'der Codec',
  'problem.required': 'es fehlt',
  'problem.empty': 'es darf nicht leer sein',
  'problem.too-short': 'mindestens {minimum} Zeichen sind nötig',
  'problem.too-long': 'höchstens {maximum} Zeichen passen',
  'problem.too-small': 'mindestens {minimum} ist nötig',
  'problem.too-large': 'höchstens {maximum} ist möglich',
  'problem.too-few': 'mindestens {minimum} sind nötig',
  'problem.too-many': 'höchstens {maximum} passen',
  'problem.not-a-choice': 'möglich ist {choices}',
  'problem.wrong-kind': 'es ist von der falschen Art',
  'problem.unknown-key': '„{keys}“ kennt der Host nicht',
  'problem.form': 'es hat nicht die richtige Form',
  'problem.control-characters': 'es darf keine Steuerzeichen enthalten',
  'problem.common-password':
    'es ist eines der ersten, die geraten werden; nehmen Sie einige Wörter, die nichts miteinander zu tun haben',
  'problem.absolute-path': 'es muss ein absoluter Pfad sein',
  'problem.variable-name':
    'der Name einer Variable besteht aus Buchstaben, Ziffern und _, und beginnt nicht mit einer Ziffer',
  'problem.program-empty': 'der Name des Programms ist leer',
  'problem.shell-one-line': 'mit einer Shell ist der Befehl eine einzige Zeile',
  'problem.takes-no-command': 'wo kein Bildschirm gestreamt wird, wird nichts gestartet',
  'problem.four-digits': 'es hat vier Ziffern',
  'problem.time-of-day': 'eine Zeit sieht aus wie 16:00',
  'problem.window-order': 'es muss später sein als sein Anfang',
  'problem.nothing-to-change': 'es gibt nichts zu ändern',
};
