import type { network as english } from '../english/network.ts';
import type { Translation } from '../messages.ts';

export const network: Translation<typeof english> = {
  'page.network': 'Netz',
  'network.test': 'Der Weg zwischen diesem Browser und dem Host',
  'network.test.how':
    'Öffnen Sie diese Seite auf dem Gerät, auf dem Sie spielen wollen, und dort, wo Sie spielen. Der Test dauert zehn Sekunden und füllt das Netz; solange jemand streamt, läuft er nicht.',
  'network.test.begin': 'Netz testen',
  'network.test.again': 'Noch einmal testen',
  'network.test.stop': 'Abbrechen',
  'network.phase.opening': 'Verbindet sich …',
  'network.phase.idle': 'Misst die Verzögerung …',
  'network.phase.down': 'Misst, was hier ankommt …',
  'network.phase.up': 'Misst, was beim Host ankommt …',
  'network.result.down': 'Vom Host',
  'network.result.up': 'Zum Host',
  'network.result.steady': '{rate} beständig',
  'network.result.idle': 'Verzögerung',
  'network.result.downDelay': 'Verzögerung beim Empfangen',
  'network.result.upDelay': 'Verzögerung beim Senden',
  'network.result.jitter': 'Schwankung',
  'network.result.most': 'höchstens {time}',
  'network.result.loss':
    'Verzögerungen gelten hin und zurück. Verlorene Pakete werden nicht gezeigt: Die Verbindung eines Browsers schickt sie noch einmal, ohne es zu sagen.',
  'network.proposal': '{rate} passen zu Streams über dieses Netz',
  'network.proposal.how':
    'Das lässt Platz für bewegte Szenen, für Reparaturpakete und für alle anderen. Ein Gerät, das mehr verlangt, bekommt so viel.',
  'network.proposal.none':
    'Eine Bitrate lässt sich nicht vorschlagen: Für einen Stream, der Freude macht, kam zu wenig an.',
  'network.proposal.device': 'Gerät',
  'network.proposal.choose': 'Gerät wählen',
  'network.proposal.apply': 'Für „{name}“ verwenden',
  'network.proposal.apply.any': 'Verwenden',
  'network.proposal.applied':
    '„{name}“ bekommt höchstens diese Bitrate. Sie steht unter seinen Grenzen auf der Seite „Geräte“.',
  'network.seen': 'Was Streams erlebt haben',
  'network.seen.how':
    'Die letzten Streams jedes Geräts sagen, was sein Netz verliert; ihre Zusammenfassungen stehen auf der Seite „Leistung“.',
  'network.seen.noDevice': 'Noch ist kein Gerät gekoppelt.',
  'network.seen.none': 'Von ihm ist noch kein Stream aufgehoben.',
  'network.seen.streams': { one: 'ein Stream', other: '{count} Streams' },
  'network.seen.loss': '{share} % verloren',
  'network.seen.roundTrip': '{time} hin und zurück',
  'network.seen.asked': 'verlangt {rate}',
  'network.seen.limit': 'bekommt höchstens {rate}',
  'network.seen.fits': 'Seine Bitrate passt zu seinem Netz.',
  'network.ended.stopped': 'Der Test wurde abgebrochen.',
  'network.ended.streaming': 'Der Test endete, weil jemand zu streamen begann.',
  'network.ended.signedOut': 'Der Test endete mit Ihrer Anmeldung.',
  'network.ended.broken': 'Die Verbindung zum Host brach ab, bevor der Test zu Ende war.',
  'network.ended.noConnection':
    'Für den Test kam keine Verbindung zustande. Ein Proxy vor der Verwaltung muss WebSockets durchlassen.',
};
