import os from 'node:os';
import { parseArgs } from 'node:util';

import { pino } from 'pino';

import { driverVersion } from '../media/driver-version.ts';
import { probeEncoders, verifyEncoder } from '../media/encoder-probing.ts';
import type { MediaCommand } from '../media/media-child.ts';
import type { VerifiedEncoder } from '../native/media-addon.ts';
import { encoderReport } from './encoder-report.ts';

export const VERIFY_HELP = `earthshine verify encoder [NAME] [options]     tries this machine's video encoders and prints a report

Everything that a stream asks is asked of each: the first frame, its bitrate and another one, a lost frame, a keyframe.
What comes out is decoded where the ffmpeg program is installed. NAME is nvenc, vaapi, x264 or x265; all are tried without it.
The report has no names and no addresses of yours in it: please paste it into an issue when something is wrong.

  --gpu NODE    the only GPU that is tried, as a render node (/dev/dri/renderD128)
  --mode WxH    the picture's size (1280x720)
  --bitrate N   kbit/s, halved later (10000)`;

/** milliseconds for one profile: two seconds of pictures, and a driver that starts */
const LIMIT = 60_000;

interface VerifyOptions {
  readonly name?: string;
  readonly gpu?: string;
  readonly width: number;
  readonly height: number;
  readonly bitrateKbps: number;
}

/** @throws Error with a sentence */
function verifyOptions(words: readonly string[]): VerifyOptions {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { gpu: { type: 'string' }, mode: { type: 'string' }, bitrate: { type: 'string' } },
  });
  const [what, name] = positionals;
  if (what !== 'encoder') throw new Error('"earthshine verify" takes the word "encoder".');
  const mode = /^(\d{2,4})x(\d{2,4})$/.exec(values.mode ?? '1280x720');
  const bitrateKbps = Number(values.bitrate ?? 10_000);
  if (!mode) throw new Error('--mode takes a size, like 1280x720.');
  if (!Number.isInteger(bitrateKbps) || bitrateKbps < 500 || bitrateKbps > 2_000_000) {
    throw new Error('--bitrate takes kbit/s from 500 to 2000000.');
  }
  const [width, height] = [Number(mode[1]), Number(mode[2])];
  if (width % 2 !== 0 || height % 2 !== 0 || width < 64 || height < 64) {
    throw new Error('--mode takes even sizes from 64x64.');
  }
  return {
    ...{ width, height, bitrateKbps },
    ...(name !== undefined && { name }),
    ...(values.gpu !== undefined && { gpu: values.gpu }),
  };
}

/**
 * `earthshine verify encoder`.
 *
 * @returns the exit status: 0 when all that works at all works as it should, 1 when not, 2 for wrong words
 */
export async function runVerifyProgram(
  words: readonly string[],
  { start, build }: { readonly start: MediaCommand; readonly build: string },
  print: (line: string) => void = (line) => process.stdout.write(`${line}\n`),
): Promise<number> {
  if (words.includes('--help') || words.length === 0) {
    print(VERIFY_HELP);
    return words.length === 0 ? 2 : 0;
  }
  let options: VerifyOptions;
  try {
    options = verifyOptions(words);
  } catch (error) {
    print((error as Error).message);
    return 2;
  }
  const log = pino({ level: 'silent' });
  const { name, gpu, ...mode } = options;
  print(`Earthshine ${process.env.EARTHSHINE_VERSION ?? 'development'}, ${os.version()}`);
  print(`on ${await driverVersion()}`);
  const probed = await probeEncoders({
    log,
    start,
    build,
    limit: LIMIT,
    ...(gpu && { gpu }),
  }).catch((error: unknown) => {
    print((error as Error).message);
    return undefined;
  });
  if (!probed) return 1;
  let good = true;
  for (const { name: encoder, codec, profiles, fault } of probed) {
    if (name !== undefined && name !== encoder) continue;
    if (fault !== undefined) {
      print(`\n${encoder}, ${codec}\n  cannot be had: ${fault}`);
      // Who asks for one wants to hear that it does not work; who asks for none has seldom all of them.
      good &&= name === undefined;
      continue;
    }
    for (const profile of profiles) {
      if (profile.fault !== undefined) continue;
      const { chroma, bitDepth } = profile;
      const wish: VerifiedEncoder = {
        encoder,
        codec,
        chroma,
        bitDepth,
        ...mode,
        ...(gpu && { gpu }),
      };
      print(`\n${encoder}, ${codec} ${profile.name}, ${mode.width}×${mode.height} at 60 Hz`);
      const isGood = await verifyOne({ log, start, build, limit: LIMIT }, wish, print);
      good &&= isGood;
    }
  }
  print(`\n${good ? 'Everything that works here works as it should.' : 'Something is wrong.'}`);
  return good ? 0 : 1;
}

async function verifyOne(
  probing: Parameters<typeof verifyEncoder>[0],
  wish: VerifiedEncoder,
  print: (line: string) => void,
): Promise<boolean> {
  try {
    const lines = await encoderReport(wish, await verifyEncoder(probing, wish));
    for (const { what, seen, good } of lines) {
      print(`  ${good === false ? 'WRONG' : good ? 'ok   ' : '     '} ${what}: ${seen}`);
    }
    return lines.every(({ good }) => good !== false);
  } catch (error) {
    print(`  WRONG ${(error as Error).message}`);
    return false;
  }
}
