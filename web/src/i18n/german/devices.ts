import type { devices as english } from '../english/devices.ts';
import type { Translation } from '../messages.ts';

export const devices: Translation<typeof english> = {
  'devices.paired': 'Gekoppelte Geräte',
  'devices.none': 'Noch ist kein Gerät gekoppelt',
  'devices.none.how':
    'Wählen Sie {name} in Moonlight. Das Gerät erscheint dann hier von selbst und fragt nach der PIN, die Moonlight zeigt.',
  'devices.none.off':
    'Lassen Sie unten neue Geräte zu und wählen Sie dann diesen Host in Moonlight.',
  'devices.new': 'Neue Geräte',
  'devices.new.switch': 'Neue Geräte dürfen um Kopplung bitten',
  'devices.new.hint':
    'Ausgeschaltet erfährt Moonlight, dass Koppeln nicht erlaubt ist. Für gekoppelte Geräte ändert sich nichts.',
  'devices.disabled': 'Gesperrt',
  'devices.streaming': 'Streamt gerade',
  'devices.seen': 'Gesehen {when}',
  'devices.seenAt': 'Gesehen {when} unter {address}',
  'devices.pairedAt': 'Gekoppelt {when}',
  'devices.rename': 'Umbenennen',
  'devices.rename.of': '{name} umbenennen',
  'devices.rename.title': 'Gerät umbenennen',
  'devices.disable': 'Sperren',
  'devices.disable.of': '{name} sperren',
  'devices.disable.title': '{name} sperren?',
  'devices.disable.text':
    'Es streamt: Sein Stream endet sofort. Es bleibt gekoppelt und kann wieder zugelassen werden.',
  'devices.enable': 'Zulassen',
  'devices.enable.of': '{name} zulassen',
  'devices.remove': 'Entfernen',
  'devices.remove.of': '{name} entfernen',
  'devices.remove.title': '{name} entfernen?',
  'devices.remove.text': 'Um wiederzukommen, muss es neu gekoppelt werden.',
  'devices.remove.text.live':
    'Sein Stream endet sofort, und um wiederzukommen, muss es neu gekoppelt werden.',
  'devices.options': 'Optionen',
  'devices.options.of': 'Optionen von {name}',
  'pairing.asks': 'Ein Gerät unter {address} möchte gekoppelt werden',
  'pairing.words': 'Wörter des Zertifikats:',
  'pairing.left': 'Verbleibende Zeit',
  'pairing.several':
    'Mehrere Geräte warten. Vergleichen Sie die Adresse, damit die PIN an Ihres geht.',
  'pairing.pin': 'PIN',
  'pairing.pin.hint': 'Moonlight zeigt sie.',
  'pairing.name.hint': 'So soll es hier heißen.',
  'pairing.letIn': 'Zulassen',
  'pairing.checking': 'Das Gerät wird gefragt …',
  'pairing.turnAway': 'Abweisen',
  'pairing.done': 'Ein Gerät ist gekoppelt',
  'pairing.failed': 'Eine Kopplung ist gescheitert',
  'pairing.is': '{name} ist gekoppelt',
  'pairing.isNot': 'Das Gerät unter {address} ist nicht gekoppelt',
  'pairing.paired':
    'Von jetzt an darf es streamen. Starten Sie dort das Testbild, um zu sehen, dass der Weg frei ist.',
  'pairing.wrong-pin':
    'Die PIN war falsch. Beginnen Sie die Kopplung auf dem Gerät neu; es zeigt eine neue.',
  'pairing.expired': 'Die Zeit war um. Beginnen Sie die Kopplung auf dem Gerät neu.',
  'pairing.refused': 'Das Gerät hat abgebrochen. Beginnen Sie die Kopplung dort neu.',
  'pairing.over': 'Das Gerät hat abgebrochen, oder es wurde anderswo beantwortet.',
};
