import os from 'node:os';
import path from 'node:path';
import * as z from 'zod';

import type { DropSettings, SendSettings } from '../native/media-addon.ts';
import { DEFAULT_BASE_PORT } from '../gamestream/ports.ts';

/** Everything that can be set from outside, resolved and validated. */
export interface Options {
  /** where the host keeps its identity, store and sockets */
  readonly data: string;
  /** the plain-HTTP port; every other GameStream port follows from it */
  readonly basePort: number;
  readonly adminPort: number;
  /** further names by which browsers reach the admin, besides the machine's own and its addresses */
  readonly adminHost: readonly string[];
  /** numeric addresses to listen on; empty: every address */
  readonly bind: readonly string[];
  /** the name that clients show */
  readonly name: string;
  readonly logLevel: LogLevel;
  /** X display whose screen the app `Desktop` streams; absent: none */
  readonly display?: string;
  /** RandR monitor name; absent: the primary one */
  readonly screen?: string;
  /** which virtual input devices are used */
  readonly input: 'auto' | 'uinput' | 'xtest' | 'none';
  /** parity, per cent of the data packets of a frame */
  readonly fecPercentage: number;
  /** how video leaves this machine: `--send-method`, `--pacing`, `--link-kbps`, `--drop` */
  readonly sending: SendSettings;
  /** answer clients from public addresses too */
  readonly allowPublic: boolean;
}

const DEFAULT_LINK_KBPS = 800_000;

const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where a value came from, for the admin and for error messages. */
export type OptionSource = 'command line' | 'environment' | 'configuration file' | 'default';

/** A command line, environment or configuration file that cannot be used; the message is for the person. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

const port = z.coerce.number().int().min(1024).max(65535);
const flag = z
  .union([z.boolean(), z.enum(['true', 'false', '1', '0', 'yes', 'no'])])
  .transform((value) => value === true || value === 'true' || value === '1' || value === 'yes');

const list = z.union([z.array(z.string()), z.string().transform((text) => text.split(/[\s,]+/))]);

/**
 * One row per option: the same name is a flag (`--base-port`), an environment variable
 * (`EARTHSHINE_BASE_PORT`) and a key of the configuration file (`basePort`).
 */
const rows = {
  data: { schema: z.string().min(1), help: 'DIR   where the host keeps its data' },
  // 65514 leaves room for the RTSP port, 21 above the base; 1029 for HTTPS, 5 below.
  basePort: {
    schema: z.coerce.number().int().min(1029).max(65514),
    help: 'N   first of the GameStream ports (47989); the others move with it',
  },
  adminPort: { schema: port, help: 'N   HTTPS port of the admin (base port + 1)' },
  adminHost: {
    schema: list.pipe(
      z.array(z.string().regex(/^[A-Za-z0-9._-]{1,253}$/, 'not the name of a host')),
    ),
    help: 'NAME   further name by which browsers reach the admin; may be given several times',
  },
  bind: {
    schema: list,
    help: 'ADDR   address to listen on; may be given several times (all)',
  },
  name: { schema: z.string().trim().min(1).max(63), help: 'NAME   what clients call this host' },
  logLevel: { schema: z.enum(LOG_LEVELS), help: `LEVEL   ${LOG_LEVELS.join(', ')} (info)` },
  display: { schema: z.string().min(1), help: 'DISPLAY   X display of the Desktop app ($DISPLAY)' },
  screen: { schema: z.string().min(1), help: 'NAME   monitor of that display (the primary one)' },
  input: {
    schema: z.enum(['auto', 'uinput', 'xtest', 'none']),
    help: 'KIND   auto, uinput, xtest or none',
  },
  fecPercentage: {
    schema: z.coerce.number().int().min(0).max(100),
    help: 'N   parity per frame (20)',
  },
  sendMethod: {
    schema: z.enum(['auto', 'gso', 'sendmmsg', 'send']),
    help: 'KIND   how packets leave: auto, gso, sendmmsg or send',
  },
  pacing: {
    schema: z.enum(['smooth', 'burst', 'off']),
    help: 'KIND   smooth, burst (good Ethernet only) or off',
  },
  // 1 Gbit/s less a fifth for everything else on the link.
  linkKbps: {
    schema: z.coerce.number().int().min(1_000).max(100_000_000),
    help: 'N   no burst leaves faster, kbit/s (800000)',
  },
  drop: {
    schema: z
      .string()
      .regex(/^\d+(\.\d+)?(:\d+(:\d+)?)?$/, 'not like 2 or 2:5 or 2:5:7')
      .transform((text) => text.split(':').map(Number))
      .refine(([share, burst = 1]) => share! <= 100 && burst >= 1, 'not a share of 100'),
    help: 'PERCENT[:BURST[:SEED]]   drop video packets on purpose, to test a network',
  },
  allowPublic: { schema: flag, help: '   answer devices from public addresses too' },
} as const;

type OptionName = keyof typeof rows;
const names = Object.keys(rows) as OptionName[];

const flagOf = (name: OptionName) =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
const variableOf = (name: OptionName) =>
  `EARTHSHINE_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

export function optionsHelp(): string {
  return names.map((name) => `  ${flagOf(name)} ${rows[name].help}`).join('\n');
}

export interface CommandLine {
  readonly command: 'serve' | 'media' | 'ctl' | 'help' | 'version';
  readonly values: Partial<Record<OptionName | 'config', unknown>>;
  /** the words after `ctl`, options of this table taken out */
  readonly rest: readonly string[];
}

/** What behind `ctl` is said of a device: `pair answer --name`, `clients set --input`. */
const OWN_TO_CTL: readonly (OptionName | 'config')[] = ['name', 'input'];

/**
 * `earthshine [serve] [options]` and `earthshine ctl <noun> <verb> …`; options may stand anywhere before `--`.
 *
 * @throws OptionError naming the word that is not understood
 */
export function parseCommandLine(words: readonly string[]): CommandLine {
  const values: Partial<Record<OptionName | 'config', unknown>> = {};
  const rest: string[] = [];
  let command: CommandLine['command'] | undefined;
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    // What stands behind is the command of `ctl apps add`, whatever it looks like.
    if (word === '--' && command === 'ctl') {
      rest.push(...words.slice(index));
      break;
    }
    if ((word === '--help' || word === '-h') && command !== 'ctl') {
      return { command: 'help', values, rest };
    }
    if (word === '--version') return { command: 'version', values, rest };
    const [flagText, inline] = word.startsWith('--') ? splitOnce(word, '=') : [word, undefined];
    const name = [...names, 'config' as const].find((candidate) =>
      candidate === 'config' ? flagText === '--config' : flagText === flagOf(candidate),
    );
    if (name && !(command === 'ctl' && OWN_TO_CTL.includes(name))) {
      const value =
        inline ?? (name === 'allowPublic' ? 'true' : (words[++index] ?? failMissing(flagText)));
      if (name === 'bind' || name === 'adminHost') {
        (values[name] = (values[name] as string[] | undefined) ?? []).push(value);
      } else values[name] = value;
    } else if (command === undefined && !word.startsWith('-')) {
      if (!['serve', 'media', 'ctl', 'help', 'version'].includes(word)) {
        throw new OptionError(`There is no command "${word}". Try: earthshine --help`);
      }
      command = word as CommandLine['command'];
    } else if (command === 'ctl') {
      rest.push(word);
    } else {
      throw new OptionError(`"${word}" is not an option of earthshine. Try: earthshine --help`);
    }
  }
  return { command: command ?? 'serve', values, rest };
}

/**
 * Command line before environment before configuration file before default.
 *
 * @param file the parsed configuration file, `{}` without one
 * @throws OptionError naming the option, its source and what is wrong
 */
export function resolveOptions(
  commandLine: CommandLine['values'],
  environment: NodeJS.ProcessEnv,
  file: unknown,
): { options: Options; sources: Readonly<Record<OptionName, OptionSource>> } {
  const fileValues = z.record(z.string(), z.unknown()).safeParse(file);
  if (!fileValues.success) throw new OptionError('The configuration file is not a JSON object.');
  const unknown = Object.keys(fileValues.data).find((key) => !names.includes(key as OptionName));
  if (unknown) throw new OptionError(`The configuration file has an unknown key "${unknown}".`);

  const values: Partial<Record<OptionName, unknown>> = {};
  const sources = {} as Record<OptionName, OptionSource>;
  for (const name of names) {
    const candidates: [unknown, OptionSource][] = [
      [commandLine[name], 'command line'],
      [environment[variableOf(name)] || undefined, 'environment'],
      [fileValues.data[name], 'configuration file'],
    ];
    const [value, source] = candidates.find(([candidate]) => candidate !== undefined) ?? [
      undefined,
      'default',
    ];
    sources[name] = source;
    if (value === undefined) continue;
    const parsed = rows[name].schema.safeParse(value);
    if (!parsed.success) {
      throw new OptionError(
        `${flagOf(name)} (from the ${source}): "${String(value)}" cannot be used: ${parsed.error.issues[0]?.message ?? 'not valid'}.`,
      );
    }
    values[name] = parsed.data;
  }
  const basePort = (values.basePort as number | undefined) ?? DEFAULT_BASE_PORT;
  const display = (values.display as string | undefined) ?? environment['DISPLAY'];
  const options: Options = {
    data: path.resolve((values.data as string | undefined) ?? defaultData(environment)),
    basePort,
    adminPort: (values.adminPort as number | undefined) ?? basePort + 1,
    adminHost: (values.adminHost as string[] | undefined) ?? [],
    bind: (values.bind as string[] | undefined) ?? [],
    name: (values.name as string | undefined) ?? (os.hostname() || 'Earthshine'),
    logLevel: (values.logLevel as LogLevel | undefined) ?? 'info',
    input: (values.input as Options['input'] | undefined) ?? 'auto',
    fecPercentage: (values.fecPercentage as number | undefined) ?? 20,
    allowPublic: (values.allowPublic as boolean | undefined) ?? false,
    sending: {
      method: (values.sendMethod as SendSettings['method'] | undefined) ?? 'auto',
      pacing: (values.pacing as SendSettings['pacing'] | undefined) ?? 'smooth',
      linkKbps: (values.linkKbps as number | undefined) ?? DEFAULT_LINK_KBPS,
      ...(values.drop ? { drop: dropSettings(values.drop as number[]) } : {}),
    },
    ...(display ? { display } : {}),
    ...(values.screen ? { screen: values.screen as string } : {}),
  };
  return { options, sources };
}

function defaultData(environment: NodeJS.ProcessEnv): string {
  const base =
    environment['XDG_DATA_HOME'] || path.join(environment['HOME'] || os.homedir(), '.local/share');
  return path.join(base, 'earthshine');
}

function dropSettings([percentage = 0, burst = 1, seed = 1]: readonly number[]): DropSettings {
  return { percentage, burst, seed };
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function failMissing(flagText: string): never {
  throw new OptionError(`${flagText} needs a value.`);
}
