import type { leftBehind as english } from '../english/left-behind.ts';
import type { Translation } from '../messages.ts';

export const leftBehind: Translation<typeof english> = {
  'apps.left.file-unreadable': '{file} ist nicht lesbar: {reason}.',
  'apps.left.file-none': '{file} ist keine Datei.',
  'apps.left.file-large': '{file} ist größer als {limit} MB, was keine solche Datei ist.',
  'apps.left.file-damaged': '{file} ist beschädigt oder nur halb geschrieben: {reason}.',
  'apps.left.file-foreign': 'In {file} steht nicht, was in einer solchen Datei steht.',
  'apps.left.identity-missing': 'Zertifikat oder Schlüssel des anderen Hosts fehlen.',
  'apps.left.identity-id': 'Die Kennung des anderen Hosts fehlt oder ist beschädigt.',
  'apps.left.identity-certificate':
    'Das Zertifikat des anderen Hosts ist nicht lesbar, oder sein Schlüssel ist kein RSA-Schlüssel mit 2048 bis 4096 Bit.',
  'apps.left.identity-key': 'Der Schlüssel des anderen Hosts ist nicht lesbar.',
  'apps.left.identity-apart': 'Zertifikat und Schlüssel des anderen Hosts gehören nicht zusammen.',
  'apps.left.device-certificate': '„{device}“: Sein Zertifikat ist nicht lesbar.',
  'apps.left.device-disabled': '„{device}“ war dort gesperrt.',
  'apps.left.device-twice': '„{device}“ ist doppelt vorhanden.',
  'apps.left.devices-more': 'Geräte jenseits der ersten {limit}: {count}.',
  'apps.left.apps-preparation': 'Befehle vor jeder App, die nicht als solche lesbar sind: {count}.',
  'apps.left.app-nameless': 'App {number} der Liste hat keinen Namen.',
  'apps.left.app-command': '„{app}“: Der Befehl ist nicht als solcher lesbar.',
  'apps.left.app-preparation': '„{app}“: vorbereitende Befehle, die nicht lesbar sind: {count}.',
  'apps.left.app-preparation-long':
    '„{app}“: Nur die ersten {limit} der {count} vorbereitenden Befehle werden übernommen.',
  'apps.left.app-folder': '„{app}“: Der Arbeitsordner „{folder}“ ist kein absoluter Pfad.',
  'apps.left.app-monitor':
    '„{app}“ nannte einen Monitor; hier gilt die Einstellung „screen“ für alle Apps.',
  'apps.left.app-there': '„{app}“: Eine App dieses Namens gibt es hier schon.',
  'apps.left.app-picture-missing':
    '„{app}“: Das Bild fehlt oder ist kein PNG; stattdessen wird eines gezeichnet.',
  'apps.left.app-picture-broken':
    '„{app}“: Das Bild ist nicht verwendbar; stattdessen wird eines gezeichnet.',
  'apps.left.apps-full':
    'Die Liste der Apps ist hier voll. Apps des anderen Hosts, die nicht übernommen wurden: {count}.',
};
