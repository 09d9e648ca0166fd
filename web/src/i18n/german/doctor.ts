import type { doctor as english } from '../english/doctor.ts';
import type { Translation } from '../messages.ts';

/** What the host finds, beside the page's own words: where one is missing, the host's English stands. */
const findings = {
  'doctor.host.runs': 'Der Host läuft.',
  'doctor.picture.works': 'Der Bildschirm kann gestreamt werden: {source}.',
  'doctor.picture.none': 'Kein Desktop kann gestreamt werden. {reasons}',
  'doctor.picture.x11-on-wayland':
    'Hier läuft ein Wayland-Desktop ({display}), aber nur seine X11-Seite kann gestreamt werden: Die meisten Fenster fehlen im Bild.',
  'doctor.encoder.works': 'Video kodiert {names}.',
  'doctor.encoder.none': 'Kein Video-Encoder geht. {reasons}',
  'doctor.gpu.usable': 'Die GPU kann benutzt werden: {nodes}.',
  'doctor.gpu.absent': 'Es gibt keine GPU, die kodiert: Der Prozessor tut es.',
  'doctor.gpu.not-permitted':
    'Dieser Benutzer darf die GPU nicht benutzen ({nodes}): Der Prozessor kodiert.',
  'doctor.input.usable': 'Tastaturen, Mäuse und Controller können erzeugt werden (uinput).',
  'doctor.input.absent':
    'Der Kernel bietet keine virtuellen Geräte (/dev/uinput fehlt): Controller gehen nicht.',
  'doctor.input.not-permitted':
    'Dieser Benutzer darf keine virtuellen Geräte erzeugen (/dev/uinput): Controller gehen nicht.',
  'doctor.sound.works': 'Ton geht: {server}.',
  'doctor.sound.silent': 'Streams sind stumm: {reason}.',
  'doctor.realtime.granted': 'Eingabe und Video haben auf einem beschäftigten Rechner Vorrang.',
  'doctor.realtime.refused':
    'Eingabe und Video können sich verspäten, während der Rechner beschäftigt ist: Er gewährt keine Echtzeit.',
  'doctor.delay.quick': 'Der Host antwortet sofort.',
  'doctor.delay.late':
    'Der Host selbst musste in der letzten Minute {milliseconds} ms warten: Der Rechner ist sehr beschäftigt.',
  'doctor.buffers.large': 'Das System lässt einen Stream {kilobytes} KiB puffern.',
  'doctor.buffers.small':
    'Das System lässt einen Stream nur {kilobytes} KiB puffern: Große Bilder verlieren Pakete, bevor sie hinausgehen.',
  'doctor.ports.free': 'Die Ports sind frei für diesen Host.',
  'doctor.ports.taken': 'Port {port} ({purpose}) wird von {holder} gehalten.',
  'doctor.other-hosts.none': 'Auf diesem Rechner läuft kein anderer Streaming-Host.',
  'doctor.other-hosts.running':
    'Auf diesem Rechner läuft noch ein Host: {names}. Geräte zeigen vielleicht beide, und beide wollen dieselben Ports.',
  'doctor.network.there': 'Der Rechner ist in einem Netzwerk.',
  'doctor.network.none':
    'Der Rechner hat kein Netzwerk außer sich selbst: Kein Gerät kann ihn erreichen.',
  'doctor.firewall.none': 'Keine Firewall des Systems ist aktiv.',
  'doctor.firewall.active':
    'Eine Firewall ist aktiv ({names}). Finden Geräte diesen Host nicht, hält sie sie fern.',
  'doctor.clock.right': 'Die Uhr folgt der Zeit des Netzwerks.',
  'doctor.clock.alone':
    'Die Uhr folgt nicht der Zeit des Netzwerks: Zertifikate und Zeitpläne werden vielleicht falsch beurteilt.',
  'doctor.disk.room': 'Die Festplatte hat Platz ({megabytes} MiB).',
  'doctor.disk.full': 'Auf der Festplatte des Datenordners sind noch {megabytes} MiB frei.',
  'doctor.certificate.valid': 'Das Zertifikat des Admins gilt noch {days} Tage.',
  'doctor.certificate.ends': 'Das Zertifikat des Admins endet in {days} Tagen.',
} as const;

export const doctor: Translation<typeof english> & typeof findings = {
  ...findings,
  'doctor.verdict.good': 'Alles, was ein guter Stream braucht, ist da.',
  'doctor.verdict.note': {
    one: '{count} Sache kann Streams verschlechtern.',
    other: '{count} Sachen können Streams verschlechtern.',
  },
  'doctor.verdict.bad': {
    one: '{count} Sache verhindert gute Streams.',
    other: '{count} Sachen verhindern gute Streams.',
  },
  'doctor.lookedAt': 'Nachgesehen {when}; von selbst wieder, solange diese Seite offen ist.',
  'doctor.looking': 'Alles wird angesehen …',
  'doctor.again': 'Noch einmal nachsehen',
  'doctor.attention': 'Zu beheben oder zu wissen',
  'doctor.good': 'Gut',
  'doctor.command': 'Befehl',
};
