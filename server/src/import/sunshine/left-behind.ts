/**
 * What of another host does not come over, in English; the pages have the same in other languages by the same codes
 * and values. This file imports nothing.
 */

/** Every reason there is. Values: `app` and `device` are names, `file` is a path, `reason` is what the system said. */
export const LEFT_BEHIND = {
  'file-unreadable': '{file} cannot be read: {reason}.',
  'file-none': '{file} is not a file.',
  'file-large': '{file} is larger than {limit} MB, which no such file is.',
  'file-damaged': '{file} is damaged or was only half written: {reason}.',
  'file-foreign': '{file} does not hold what such a file holds.',
  'identity-missing': 'The other host’s certificate or key is not there.',
  'identity-id': 'The other host’s unique id is missing or damaged.',
  'identity-certificate':
    'The other host’s certificate cannot be read, or its key is no RSA key of 2048 to 4096 bits.',
  'identity-key': 'The other host’s key cannot be read.',
  'identity-apart': 'The other host’s certificate and key do not belong together.',
  'device-certificate': '"{device}": its certificate cannot be read.',
  'device-disabled': '"{device}" was disabled there.',
  'device-twice': '"{device}" is there twice.',
  'devices-more': 'Devices beyond the first {limit}: {count}.',
  'apps-preparation': 'Commands that ran before every app and cannot be read as such: {count}.',
  'app-nameless': 'App {number} of the list has no name.',
  'app-command': '"{app}": its command cannot be read as one.',
  'app-preparation': '"{app}": preparation commands that cannot be read: {count}.',
  'app-preparation-long':
    '"{app}": only the first {limit} of its {count} preparation commands were taken.',
  'app-folder': '"{app}": its working folder "{folder}" is no absolute path.',
  'app-monitor': '"{app}" named a monitor; here the setting "screen" does, for all apps.',
  'app-there': '"{app}": an app of that name is here already.',
  'app-picture-missing': '"{app}": its picture is not there or no PNG; one is drawn instead.',
  'app-picture-broken': '"{app}": its picture cannot be used; one is drawn instead.',
  'apps-full':
    'The list of apps here is full. Apps of the other host that were not taken: {count}.',
} as const;

export type LeftBehindCode = keyof typeof LEFT_BEHIND;
export const LEFT_BEHIND_CODES = Object.keys(LEFT_BEHIND) as readonly LeftBehindCode[];

/** One thing that does not come over, and why. */
export interface LeftBehind {
  readonly code: LeftBehindCode;
  readonly values: Readonly<Record<string, string | number>>;
  /** in English */
  readonly says: string;
}

export function leftBehind(code: LeftBehindCode, values: LeftBehind['values'] = {}): LeftBehind {
  const says = LEFT_BEHIND[code].replace(/\{(\w+)\}/g, (_, name: string) =>
    String(values[name] ?? '?'),
  );
  return { code, values, says };
}
