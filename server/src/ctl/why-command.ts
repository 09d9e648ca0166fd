import type { DeviceJson } from '../admin/resources/device-shapes.ts';
import type { ShortfallsJson } from '../admin/resources/shortfall-shapes.ts';
import { duration } from '../terminal/table.ts';
import { findDevice } from './command-words.ts';
import { CtlFailure, EXIT } from './control-client.ts';
import type { ControlClient } from './control-client.ts';
import type { CtlCommand } from './ctl-command.ts';
import type { Paint } from './present.ts';

const WISH_NAMES: Readonly<Record<ShortfallsJson['shortfalls'][number]['wish'], string>> = {
  hdr: 'Not HDR',
  hevc: 'Not HEVC',
  av1: 'Not AV1',
  yuv444: 'Not 4:4:4',
  rate: 'Not at its rate',
};

const CODEC_NAMES = { h264: 'H.264', hevc: 'HEVC', av1: 'AV1' } as const;

/** Why a stream is less than its device may hope for. */
export const whyCommand: CtlCommand = {
  name: 'why',
  usage: '[DEVICE]',
  summary:
    'why the stream of a device, or its last one, is not HDR, HEVC, AV1 or 4:4:4, or has too few pictures; of the device that streams, or was seen last, where none is named',
  words: 0,
  mayTakeWord: true,
  run: async ({ client, words: [wanted], paint, now }) => {
    const device = wanted === undefined ? await latest(client) : await findDevice(client, wanted);
    const answer = await client.ask<ShortfallsJson>(
      'GET',
      `devices/${device.fingerprint}/shortfalls`,
    );
    return { json: answer, text: present(device, answer, paint, now) };
  },
};

async function latest(client: ControlClient): Promise<DeviceJson> {
  const { devices } = await client.ask<{ devices: DeviceJson[] }>('GET', 'devices');
  const [first] = devices.toSorted(
    (a, b) => b.sessions.length - a.sessions.length || (b.lastSeenAt ?? 0) - (a.lastSeenAt ?? 0),
  );
  if (!first) throw new CtlFailure(EXIT.notFound, 'not-found', 'No device is paired.');
  return first;
}

function present(
  { name }: DeviceJson,
  { stream, shortfalls }: ShortfallsJson,
  paint: Paint,
  now: number,
): string {
  if (!stream) return `Nothing is known of a stream to ${name} yet: start one, for some seconds.`;
  const { codec, chroma, bitDepth, width, height, framesPerSecond } = stream.video;
  const head = [
    `${name}: ${stream.app.title}`,
    stream.live ? 'streaming now' : `${duration(now - stream.startedAt)} ago`,
    `${width}×${height} at ${Number(framesPerSecond.toFixed(2))} Hz`,
    `${CODEC_NAMES[codec as keyof typeof CODEC_NAMES]} ${chroma}, ${bitDepth} bits`,
    ...(stream.encoder === undefined ? [] : [stream.encoder]),
  ].join(', ');
  if (shortfalls.length === 0) return `${head}\n\nNothing is missing.`;
  const told = shortfalls.map(({ wish, link, sentence, remedy }) =>
    [
      `${paint.bold(WISH_NAMES[wish])} ${paint.dim(`(${link})`)}`,
      `  ${sentence}`,
      ...(remedy === undefined ? [] : [`  ${paint.dim(remedy)}`]),
    ].join('\n'),
  );
  return [head, ...told].join('\n\n');
}
