import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { DEFAULT_BASE_PORT } from '../gamestream/ports.ts';
import { EXIT, ProbeFailure } from './outcome.ts';

export interface ProbeOptions {
  /** a name or a numeric address */
  readonly host: string;
  /** the base port */
  readonly port: number;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly bitrateKbps: number;
  readonly seconds: number;
  /** kbit/s up to which the speed test goes; absent: the test pattern is streamed */
  readonly speedTestKbps?: number;
  readonly app: string;
  readonly json: boolean;
  /** folder of the client's certificate and key */
  readonly identity: string;
  /** ends what this identity streams already */
  readonly takeOver: boolean;
}

const MOST_MBIT = 3000;
const MOST_SECONDS = 3600;
const MOST_SPEED_TEST_SECONDS = 10;

export const PROBE_HELP = `earthshine probe HOST[:PORT] [options]     measures the network between this machine and a host

Run it where Moonlight would run. Without --speed-test it pairs, streams the test pattern and says how it came through;
with it the host sends ever faster, to find what the network carries (the host's owner has to permit that).

  --port N              the host's base port (47989)
  --mode WxH            picture that is streamed (1280x720)
  --fps N               frames a second (60)
  --bitrate KBPS        bitrate of the stream, kbit/s (20000)
  --seconds N           how long (10)
  --speed-test [MBIT]   find the highest rate without loss, up to so many Mbit/s (3000)
  --app TITLE           what is streamed ("Test pattern")
  --identity DIR        folder that this machine's certificate is kept in
  --take-over           end what this identity streams already
  --json                print one JSON document (docs/3-reference/probe.md)`;

const TABLE = {
  port: { type: 'string' },
  mode: { type: 'string' },
  fps: { type: 'string' },
  bitrate: { type: 'string' },
  seconds: { type: 'string' },
  'speed-test': { type: 'string' },
  app: { type: 'string' },
  identity: { type: 'string' },
  'take-over': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/**
 * Reads the words after `probe`.
 *
 * @param variables for XDG_DATA_HOME and HOME
 * @throws ProbeFailure of kind `usage`
 */
export function parseProbeOptions(
  words: readonly string[],
  variables: NodeJS.ProcessEnv,
): ProbeOptions {
  const { positionals, values } = parse(withDefaultSpeed(words));
  const [target, ...more] = positionals;
  if (target === undefined) throw usage('Name the host: earthshine probe HOST');
  if (more.length > 0) throw usage(`One host at a time; "${more[0]}" is one too many.`);
  const { host, port } = readTarget(target);
  const speed = values['speed-test'];
  const most = speed === undefined ? MOST_SECONDS : MOST_SPEED_TEST_SECONDS;
  const app = values.app ?? 'Test pattern';
  if (app.trim() === '') throw usage('--app needs the title of an app.');
  return {
    host,
    port:
      values.port === undefined
        ? (port ?? DEFAULT_BASE_PORT)
        : whole('--port', values.port, 1029, 65514),
    ...readMode(values.mode ?? '1280x720'),
    fps: whole('--fps', values.fps ?? '60', 1, 480),
    bitrateKbps: whole('--bitrate', values.bitrate ?? '20000', 500, 2_000_000),
    seconds: whole('--seconds', values.seconds ?? '10', 1, most),
    ...(speed !== undefined && { speedTestKbps: readSpeed(speed) }),
    app,
    json: values.json === true,
    identity: path.resolve(values.identity ?? defaultIdentity(variables)),
    takeOver: values['take-over'] === true,
  };
}

/** `--speed-test` may stand alone; parseArgs knows no option whose value may be missing. */
function withDefaultSpeed(words: readonly string[]): string[] {
  return words.map((word, index) => {
    if (word !== '--speed-test') return word;
    const next = words[index + 1];
    return next !== undefined && /^\d+(\.\d+)?$/.test(next) ? word : `--speed-test=${MOST_MBIT}`;
  });
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: TABLE, allowPositionals: true, strict: true });
  } catch (error) {
    const [why = ''] = (error as Error).message.split('. ');
    throw usage(`${why.replace(/\.$/, '')}. Try: earthshine probe --help`);
  }
}

/** `host`, `host:47989`, `192.0.2.1:47989`, `fe80::1%eth0`, `[2001:db8::1]:47989`. */
function readTarget(text: string): { host: string; port?: number } {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text);
  const named = bracketed ?? /^([^:]+)(?::(\d+))?$/.exec(text);
  const host = named?.[1] ?? text;
  if (!/^[A-Za-z0-9._:%-]{1,253}$/.test(host)) throw usage(`"${text}" is no name of a host.`);
  return named?.[2] === undefined
    ? { host }
    : { host, port: whole('The port', named[2], 1029, 65514) };
}

function readMode(text: string): { width: number; height: number } {
  const [, width, height] = /^(\d{2,5})x(\d{2,5})$/.exec(text) ?? [];
  if (width === undefined || height === undefined) {
    throw usage(`--mode is like 1280x720, not "${text}".`);
  }
  return {
    width: whole('The width', width, 64, 16_384),
    height: whole('The height', height, 64, 16_384),
  };
}

function readSpeed(text: string): number {
  const megabits = /^\d{1,5}(\.\d{1,3})?$/.test(text) ? Number(text) : NaN;
  if (!(megabits >= 1 && megabits <= MOST_MBIT)) {
    throw usage(`--speed-test takes 1 to ${MOST_MBIT} Mbit/s, not "${text}".`);
  }
  return Math.round(megabits * 1000);
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(value >= least && value <= most)) {
    throw usage(`${name} takes a whole number from ${least} to ${most}, not "${text}".`);
  }
  return value;
}

function defaultIdentity(variables: NodeJS.ProcessEnv): string {
  const base =
    variables['XDG_DATA_HOME'] || path.join(variables['HOME'] || os.homedir(), '.local/share');
  return path.join(base, 'earthshine', 'probe');
}

function usage(message: string): ProbeFailure {
  return new ProbeFailure(EXIT.usage, 'usage', message);
}
