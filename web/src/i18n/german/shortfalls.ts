import type { shortfalls as english } from '../english/shortfalls.ts';
import type { Translation } from '../messages.ts';

const SMALLER = 'Wählen Sie auf dem Gerät eine kleinere Auflösung';

export const shortfalls: Translation<typeof english> = {
  'shortfall.rate-app':
    'Es kamen {frames} der {asked} verlangten neuen Bilder je Sekunde: Mehr wurden nicht gezeichnet.',
  'shortfall.rate-app.remedy':
    'Ein stiller Bildschirm zeichnet nichts Neues. Bei einem Spiel: weniger Grafik, oder seine eigene Grenze aufheben.',
  'shortfall.hdr-x11': 'Der Desktop ist ein Bildschirm von X11, das kein HDR hat.',
  'shortfall.hdr-x11.remedy': '',
  'shortfall.rate-compositor':
    'Der Desktop gab {frames} der {asked} verlangten Bilder je Sekunde heraus.',
  'shortfall.rate-compositor.remedy':
    'Sehen Sie nach, ob der Desktop an seinem eigenen Bildschirm noch antwortet.',
  'shortfall.hdr-capture':
    'Bilder dieses Desktops werden in SDR gelesen, mit 8 Bit je Farbe: HDR wird noch nicht gelesen.',
  'shortfall.hdr-capture.remedy': '',
  'shortfall.rate-capture':
    'Lesen und Umrechnen schafften {frames} der {asked} verlangten Bilder je Sekunde.',
  'shortfall.rate-capture.remedy': `${SMALLER}, oder lassen Sie dem Prozessor mehr Platz.`,
  'shortfall.no-encoder': 'Kein Encoder dieses Hosts schreibt {what}. {reason}',
  'shortfall.no-encoder.remedy':
    'Eine Grafikkarte mit Encoder kann es vielleicht: earthshine verify encoder sagt, was dieser PC hat.',
  'shortfall.too-slow':
    '{encoder} ist auf diesem Prozessor zu langsam für {what} bei {size} und {rate} Hz: Er schafft 1280×720 mit {hertz} Hz.',
  'shortfall.too-slow.remedy': `${SMALLER} oder Rate; ein Encoder auf einer Grafikkarte ist schneller.`,
  'shortfall.rate-encoder':
    'Der Encoder schaffte {frames} der {asked} verlangten Bilder je Sekunde.',
  'shortfall.rate-encoder.remedy': `${SMALLER}, Rate oder Bitrate.`,
  'shortfall.not-chosen':
    '{codec} würde der Prozessor schreiben, was ihn mehr kostet als H.264: Streams bekommen es, wo es gewählt ist.',
  'shortfall.not-chosen.remedy':
    'Wählen Sie es beim Bearbeiten der App oder unter den Grenzen des Geräts als besten Codec.',
  'shortfall.device-codec':
    'Diesem Gerät wird höchstens {codec} angeboten, wie sein Besitzer es gewählt hat.',
  'shortfall.device-codec.remedy': 'Wählen Sie unter den Grenzen des Geräts einen anderen Codec.',
  'shortfall.app-codec':
    'Streams dieser App wird höchstens {codec} angeboten, wie ihr Besitzer es gewählt hat.',
  'shortfall.app-codec.remedy': 'Wählen Sie beim Bearbeiten der App einen anderen Codec.',
  'shortfall.codec-has-none': 'Der Stream ist {codec}, für das Moonlight kein {what} hat.',
  'shortfall.codec-has-none.remedy': 'Wählen Sie in Moonlight einen anderen Codec.',
  'shortfall.rate-network': 'Das Netzwerk trug {frames} der {asked} verlangten Bilder je Sekunde.',
  'shortfall.rate-network.remedy':
    'Nehmen Sie ein Kabel oder das 5-GHz-Band, oder senken Sie auf dem Gerät die Bitrate.',
  'shortfall.not-asked': '{what} wurde angeboten, und das Gerät verlangte {asked}.',
  'shortfall.not-asked.remedy':
    'Wählen Sie es in den Einstellungen von Moonlight. Ist es dort gewählt, fand Moonlight auf dem Gerät keinen Decoder dafür.',
  'shortfall.rate-client':
    'Das Gerät schaffte {frames} der {asked} Bilder je Sekunde, die es verlangte.',
  'shortfall.rate-client.remedy': `${SMALLER}, Rate oder Bitrate, oder einen anderen Codec.`,
  'why.title': 'Warum kein HDR, HEVC, 4:4:4 …',
  'why.about': '{app}, {when}: {mode}',
  'why.now': 'streamt gerade',
  'why.none':
    'Von einem Stream dieses Geräts ist noch nichts bekannt: Starten Sie einen, für einige Sekunden.',
  'why.nothing': 'Es fehlt nichts.',
  'why.wish.hdr': 'Kein HDR:',
  'why.wish.hevc': 'Kein HEVC:',
  'why.wish.av1': 'Kein AV1:',
  'why.wish.yuv444': 'Kein 4:4:4:',
  'why.wish.rate': 'Nicht mit seiner Rate:',
  'why.link.app': 'die App',
  'why.link.compositor': 'der Desktop',
  'why.link.capture': 'das Lesen der Bilder',
  'why.link.encoder': 'der Encoder',
  'why.link.negotiation': 'die Absprache',
  'why.link.network': 'das Netzwerk',
  'why.link.client': 'das Gerät',
};
