import { spawn } from 'node:child_process';

/** What a decoder made of a stream. */
export interface DecodedFrames {
  /** a hash of each picture, in order */
  readonly hashes: readonly string[];
  /** what the decoder complained of; empty when it was content */
  readonly complaints: string;
}

/** ffmpeg's names of raw streams. */
const FORMATS = { h264: 'h264', hevc: 'hevc', av1: 'obu' } as const;

/** milliseconds: a few hundred small pictures take one second */
const DECODE_LIMIT = 60_000;

/**
 * Decodes a stream with the ffmpeg program.
 *
 * @returns `undefined` where there is no such program
 */
export function decodedFrames(
  codec: keyof typeof FORMATS,
  frames: readonly Uint8Array[],
): Promise<DecodedFrames | undefined> {
  const { promise, resolve } = Promise.withResolvers<DecodedFrames | undefined>();
  const decoder = spawn(
    'ffmpeg',
    ['-v', 'error', '-f', FORMATS[codec], '-i', 'pipe:0', '-f', 'framemd5', 'pipe:1'],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: DECODE_LIMIT,
      killSignal: 'SIGKILL',
      // Libraries that were put before the system's are for the encoders alone.
      env: { ...process.env, LD_LIBRARY_PATH: undefined },
    },
  );
  let output = '';
  let complaints = '';
  decoder.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  decoder.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  decoder.on('error', () => resolve(undefined));
  decoder.on('close', (code) => {
    if (code !== 0) complaints += `ffmpeg ended with ${code}`;
    const lines = output.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const hashes = lines.map((line) => line.split(',').at(-1)!.trim());
    resolve({ hashes, complaints: complaints.trim() });
  });
  // A decoder that ends early says why itself.
  decoder.stdin.on('error', () => {});
  decoder.stdin.end(Buffer.concat(frames));
  return promise;
}
