import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { OpusLayout } from '../../gamestream/stream-config.ts';
import { OggOpusWriter } from './ogg-opus.ts';

/** One channel each, −1…1. */
export type Channels = readonly Float32Array[];

/**
 * Decodes a run of Opus packets with ffmpeg.
 *
 * @param packets in order, lost ones left out
 * @param duration milliseconds per packet
 * @throws Error with ffmpeg's words when a packet is not Opus
 */
export async function decodeOpus(
  packets: readonly Buffer[],
  layout: Pick<OpusLayout, 'channels' | 'streams' | 'coupledStreams' | 'mapping'>,
  duration: 5 | 10,
): Promise<Channels> {
  const writer = new OggOpusWriter();
  const file = Buffer.concat([
    writer.headers(layout),
    ...packets.map((packet, i) => writer.packet(packet, duration * 48, i === packets.length - 1)),
  ]);
  const ffmpeg = spawn(
    'ffmpeg',
    // prettier-ignore
    ['-hide_banner', '-loglevel', 'error', '-xerror', '-f', 'ogg', '-i', 'pipe:0', '-f', 'f32le', '-c:a', 'pcm_f32le', 'pipe:1'],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  ffmpeg.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  ffmpeg.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  ffmpeg.stdin.on('error', () => undefined);
  ffmpeg.stdin.end(file);
  const [code] = (await once(ffmpeg, 'close')) as [number];
  const said = Buffer.concat(errors).toString().trim();
  if (code !== 0 || said) throw new Error(`ffmpeg could not decode the sound (${code}): ${said}`);
  return splitChannels(Buffer.concat(output), layout.channels);
}

function splitChannels(interleaved: Buffer, channels: number): Channels {
  const samples = Math.floor(interleaved.length / 4 / channels);
  return Array.from({ length: channels }, (_, c) =>
    Float32Array.from({ length: samples }, (_, i) =>
      interleaved.readFloatLE((i * channels + c) * 4),
    ),
  );
}
