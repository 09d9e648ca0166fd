import os from 'node:os';

import { DEFAULT_BASE_PORT } from '../gamestream/ports.ts';
import type { SendSettings } from '../native/media-addon.ts';
import { OptionError } from './option-error.ts';
import {
  DEFAULT_LINK_KBPS,
  defaultData,
  optionOf,
  SETTING_NAMES,
  settingRow,
  variableOf,
} from './settings-table.ts';
import type { LogLevel, SettingName, SettingRow, SettingValues } from './settings-table.ts';

/** Everything that can be set from outside, resolved and validated. */
export interface Options {
  /** where the host keeps its identity, store and sockets */
  readonly data: string;
  /** the plain-HTTP port; every other GameStream port follows from it */
  readonly basePort: number;
  readonly adminPort: number;
  /** further names by which browsers reach the admin, besides the machine's own and its addresses */
  readonly adminHost: readonly string[];
  /** numeric addresses of reverse proxies in front of the admin */
  readonly adminProxy: readonly string[];
  /** numeric addresses to listen on; empty: every address */
  readonly bind: readonly string[];
  /** the name that clients show */
  readonly name: string;
  /** a new identity is wanted where the old one cannot be used */
  readonly newIdentity: boolean;
  readonly logLevel: LogLevel;
  /** X display whose screen the app `Desktop` streams; absent: none */
  readonly display?: string;
  /** the desktop that is streamed */
  readonly desktop: NonNullable<SettingValues['desktop']>;
  /** name of a monitor; absent: the primary one */
  readonly screen?: string;
  /** what becomes of the PC's own monitors while a second screen is streamed */
  readonly monitors: NonNullable<SettingValues['monitors']>;
  /** which virtual input devices are used */
  readonly input: NonNullable<SettingValues['input']>;
  /** name of the encoder that is tried first; absent: the best one */
  readonly encoder?: string;
  /** render node of the GPU that encodes; absent: the first that works */
  readonly gpu?: string;
  /** parity, per cent of the data packets of a frame */
  readonly fecPercentage: number;
  /** largest video packet, bytes; absent: as the device asks */
  readonly packetSize?: number;
  /** how video leaves this machine: `--send-method`, `--pacing`, `--link-kbps`, `--drop` */
  readonly sending: SendSettings;
  /** answer clients from public addresses too */
  readonly allowPublic: boolean;
  /** every stream is recorded as a whole */
  readonly recordStreams: boolean;
  /** what recordings may take together */
  readonly recordingsMegabytes: number;
}

/** Where values come from, first match wins. Only what the owner stored, or nobody set, can be changed while running. */
const SOURCES = ['command line', 'environment', 'configuration file', 'store'] as const;
export type SettingSource = (typeof SOURCES)[number] | 'default';

export interface Resolved {
  readonly options: Options;
  readonly sources: Readonly<Record<SettingName, SettingSource>>;
}

/** What each source holds, unread. */
export interface Given {
  readonly commandLine?: Readonly<Partial<Record<SettingName | 'config', unknown>>>;
  readonly environment: NodeJS.ProcessEnv;
  readonly file?: Readonly<Record<string, unknown>>;
  /** what the owner chose in the admin */
  readonly store?: Readonly<Record<string, unknown>>;
}

/**
 * Command line before environment before configuration file before store before default.
 *
 * @throws OptionError naming the option where it was given, and what it takes
 */
export function resolveOptions(given: Given): Resolved {
  const { commandLine = {}, environment, file = {}, store = {} } = given;
  const values: Partial<Record<SettingName, unknown>> = {};
  const sources = {} as Record<SettingName, SettingSource>;
  for (const name of SETTING_NAMES) {
    const candidates: Record<(typeof SOURCES)[number], unknown> = {
      'command line': commandLine[name],
      environment: environment[variableOf(name)] || undefined,
      'configuration file': file[name],
      store: store[name],
    };
    const source = SOURCES.find((each) => candidates[each] !== undefined);
    sources[name] = source ?? 'default';
    if (source) values[name] = readSetting(name, settingRow(name), candidates[source], source);
  }
  return { options: withDefaults(values as SettingValues, environment), sources };
}

/** @throws OptionError when the setting does not take this value */
export function readSetting<T>(
  name: string,
  { kind, secret }: Pick<SettingRow<T>, 'kind' | 'secret'>,
  value: unknown,
  source: Exclude<SettingSource, 'default'>,
): T {
  const read = kind.read(value);
  if (read !== undefined) return read;
  const shown = secret ? '' : shownValue(value);
  const place = {
    'command line': `${optionOf(name)} ${shown}`.trimEnd(),
    environment: secret ? variableOf(name) : `${variableOf(name)}=${shown}`,
    'configuration file': `${name} ${shown}`.trimEnd() + ' in the configuration file',
    store: `${name} ${shown}`.trimEnd() + ' in the store',
  }[source];
  throw new OptionError(`${place}: it takes ${kind.takes}.`);
}

function shownValue(value: unknown): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value.map(shownValue).join(' ') : JSON.stringify(value);
}

function withDefaults(values: SettingValues, environment: NodeJS.ProcessEnv): Options {
  const { basePort = DEFAULT_BASE_PORT, display = environment['DISPLAY'], screen, drop } = values;
  const { encoder, gpu } = values;
  return {
    data: values.data ?? defaultData(environment),
    basePort,
    adminPort: values.adminPort ?? basePort + 1,
    adminHost: values.adminHost ?? [],
    adminProxy: values.adminProxy ?? [],
    bind: values.bind ?? [],
    name: values.name ?? (os.hostname() || 'Earthshine'),
    newIdentity: values.newIdentity ?? false,
    logLevel: values.logLevel ?? 'info',
    desktop: values.desktop ?? 'auto',
    monitors: values.monitors ?? 'keep',
    input: values.input ?? 'auto',
    fecPercentage: values.fecPercentage ?? 20,
    allowPublic: values.allowPublic ?? false,
    recordStreams: values.recordStreams ?? false,
    recordingsMegabytes: values.recordingsMegabytes ?? 500,
    sending: {
      method: values.sendMethod ?? 'auto',
      pacing: values.pacing ?? 'smooth',
      linkKbps: values.linkKbps ?? DEFAULT_LINK_KBPS,
      ...(drop && { drop }),
    },
    ...(values.packetSize !== undefined && { packetSize: values.packetSize }),
    ...(display && { display }),
    ...(screen && { screen }),
    ...(encoder && encoder !== 'auto' && { encoder }),
    ...(gpu && { gpu }),
  };
}
