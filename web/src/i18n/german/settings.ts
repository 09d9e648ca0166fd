import type { settings as english } from '../english/settings.ts';
import type { Translation } from '../messages.ts';

export const settings: Translation<typeof english> = {
  'setting.data.title': 'Datenordner',
  'setting.data.help': 'Hier liegen Identität, Kopplungen und Bilder des Hosts.',
  'setting.newIdentity.title': 'Neue Identität',
  'setting.newIdentity.help':
    'Macht eine neue Identität, wenn die alte fort ist: Jedes Gerät muss neu gekoppelt werden.',
  'setting.name.title': 'Name',
  'setting.name.help': 'So heißt dieser Host auf den Geräten.',
  'setting.logLevel.title': 'Protokoll',
  'setting.logLevel.help':
    'Wie viel protokolliert wird; debug und trace helfen, einen Fehler zu finden.',
  'setting.basePort.title': 'Erster GameStream-Port',
  'setting.basePort.help': 'Die anderen Ports von GameStream wandern mit.',
  'setting.adminPort.title': 'Port des Admins',
  'setting.adminPort.help': 'Hier sind diese Seiten, über HTTPS.',
  'setting.adminHost.title': 'Namen des Admins',
  'setting.adminHost.help':
    'Weitere Namen, unter denen Browser ihn erreichen, neben denen des Rechners.',
  'setting.adminProxy.title': 'Reverse-Proxys',
  'setting.adminProxy.help':
    'Adressen von Proxys vor dem Admin; ihnen wird geglaubt, für wen sie sprechen.',
  'setting.bind.title': 'Adressen, auf denen gelauscht wird',
  'setting.bind.help': 'Nur dort erreichen Geräte den Host.',
  'setting.allowPublic.title': 'Dem Internet antworten',
  'setting.allowPublic.help':
    'Antwortet auch Geräten mit öffentlichen Adressen. Sicherer ist ein VPN in Ihr Netzwerk.',
  'setting.display.title': 'X-Display',
  'setting.display.help': 'Das Display der App Desktop, wo der Desktop X11 ist.',
  'setting.desktop.title': 'Art des Desktops',
  'setting.desktop.help': 'Welcher Desktop gestreamt wird; auto findet den, der läuft.',
  'setting.screen.title': 'Monitor',
  'setting.screen.help': 'Welcher Monitor des Desktops gestreamt wird.',
  'setting.monitors.title': 'Monitore neben einem zweiten Bildschirm',
  'setting.monitors.help':
    'Was mit den Monitoren des PCs geschieht, solange ein zweiter Bildschirm gestreamt wird (KDE Plasma, GNOME und Sway): Sie bleiben an oder sind aus, bis er endet.',
  'setting.input.title': 'Weg der Eingabe',
  'setting.input.help':
    'Wie Tasten, Maus und Controller zum Desktop kommen; auto nimmt den besten Weg, der geht.',
  'setting.fecPercentage.title': 'Reparaturpakete am Anfang',
  'setting.fecPercentage.help':
    'Damit beginnt ein Stream, in Prozent der Pakete des Bildes; dann folgt er dem Netzwerk.',
  'setting.encoder.title': 'Encoder',
  'setting.encoder.help':
    'Was zuerst versucht wird: nvenc für NVIDIA, vaapi für AMD und Intel, x264 für den Prozessor, x265 für HEVC auf dem Prozessor. Wo es nicht geht, springt ein anderer ein.',
  'setting.gpu.title': 'Kodierende Grafikkarte',
  'setting.gpu.help': 'Für einen PC mit mehreren, als Render-Knoten: /dev/dri/renderD129.',
  'setting.sendMethod.title': 'Senden',
  'setting.sendMethod.help':
    'Wie Pakete dem System übergeben werden; auto nimmt den schnellsten Weg, der geht.',
  'setting.pacing.title': 'Verteilung',
  'setting.pacing.help':
    'Wie die Pakete eines Bildes über seine Zeit verteilt werden; burst ist nur etwas für gutes Ethernet.',
  'setting.linkKbps.title': 'Tempo des Netzwerks',
  'setting.linkKbps.help': 'Schneller wird nichts gesendet, in kbit/s.',
  'setting.packetSize.title': 'Größtes Videopaket',
  'setting.packetSize.help':
    'In Bytes, für ein VPN, das weniger trägt, als Geräte denken. Will ein Gerät mehr, hat der Stream keine Parität.',
  'setting.recordStreams.title': 'Jeden Stream aufzeichnen',
  'setting.recordStreams.help':
    'Mit jeder Sekunde. Eine Zusammenfassung der letzten Streams bleibt ohnehin.',
  'setting.recordingsMegabytes.title': 'Platz für Aufzeichnungen',
  'setting.recordingsMegabytes.help':
    'In Megabyte. Ist er voll, gehen die ältesten Aufzeichnungen, die nicht angeheftet sind.',
  'setting.drop.title': 'Pakete absichtlich verlieren',
  'setting.drop.help':
    'Um zu sehen, wie Streams mit einem schlechten Netzwerk leben: 2 für 2 %, 2:5 für 2 % in Folgen von 5.',
  'settings.search': 'Einstellungen durchsuchen',
  'settings.found': { one: '{count} Einstellung', other: '{count} Einstellungen' },
  'settings.none': 'In keiner Einstellung kommt „{words}“ vor.',
  'settings.group.host': 'Dieser Host',
  'settings.group.network': 'Netzwerk',
  'settings.group.desktop': 'Desktop',
  'settings.group.sending': 'Wie Video gesendet wird',
  'settings.group.recordings': 'Aufzeichnungen',
  'settings.unset': 'Ohne Wahl: {unset}',
  'settings.counts.now': 'Gilt sofort.',
  'settings.counts.stream': 'Gilt für den nächsten Stream.',
  'settings.counts.start': 'Gilt ab dem nächsten Start des Hosts.',
  'settings.chosen': 'Hier gewählt',
  'settings.locked.command line':
    'Auf der Befehlszeile gegeben ({option}). Nehmen Sie es dort heraus, um es hier zu wählen.',
  'settings.locked.environment':
    'Durch die Variable {variable} gegeben. Nehmen Sie sie heraus, um es hier zu wählen.',
  'settings.locked.configuration file':
    'Durch die Konfigurationsdatei gegeben. Nehmen Sie es dort heraus, um es hier zu wählen.',
  'settings.locked.default': 'Das wird beim Start des Hosts gegeben ({option}).',
  'settings.locked.store': 'Das lässt sich hier nicht ändern.',
  'settings.pending': 'Ab dem nächsten Start: {value}',
  'settings.pending.unset': 'Ab dem nächsten Start: wieder ohne Wahl.',
  'settings.reset': 'Zurücksetzen',
  'settings.reset.of': 'Zurücksetzen: {title}',
  'settings.save': 'Speichern',
  'settings.save.of': 'Speichern: {title}',
  'settings.saved': 'Gespeichert.',
  'settings.list.hint': 'Mehrere mit Kommas dazwischen.',
  'settings.password': 'Ihr Passwort',
  'settings.password.hint': 'Es wird gefragt, weil dies bestimmt, wer den Rechner erreicht.',
  'settings.confirm': '„{title}“ ändern?',
  'problem.not-taken': 'möglich ist: {takes}',
  'error.conflict.setting-locked': 'Es ist anderswo gesetzt, und das geht vor.',
};
