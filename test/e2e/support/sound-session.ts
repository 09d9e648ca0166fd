import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { TestProcess, until } from './processes.ts';

/** Channel names of PulseAudio in the order of GameStream: FL FR C LFE RL RR SL SR. */
const CHANNEL_NAMES = [
  'front-left',
  'front-right',
  'front-center',
  'lfe',
  'rear-left',
  'rear-right',
  'side-left',
  'side-right',
];

export interface Tones {
  readonly file: string;
  readonly channels: number;
}

/** A D-Bus session with PipeWire, WirePlumber and its PulseAudio side, for one test alone. */
export class SoundSession {
  /** what a program needs to find it */
  readonly environment: Readonly<Record<string, string>>;
  readonly #process: TestProcess;
  readonly #folder: string;

  private constructor(process: TestProcess, folder: string, environment: Record<string, string>) {
    this.#process = process;
    this.#folder = folder;
    this.environment = environment;
  }

  static async start(): Promise<SoundSession> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-sound-'));
    const environment = {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: folder,
      LANG: 'C.UTF-8',
      XDG_RUNTIME_DIR: folder,
    };
    const script = [
      'echo "bus $DBUS_SESSION_BUS_ADDRESS"',
      'pipewire & sleep 0.3',
      'wireplumber &',
      'pipewire-pulse &',
      'wait',
    ].join('\n');
    const session = new TestProcess('pipewire', 'dbus-run-session', ['--', 'bash', '-c', script], {
      env: environment,
    });
    const [, bus] = await session.says(/bus (unix:\S+)/);
    const sound = new SoundSession(session, folder, {
      ...environment,
      DBUS_SESSION_BUS_ADDRESS: bus!,
    });
    await until(
      async () => (await sound.run('pactl', 'info').catch(() => undefined)) && true,
      30_000,
      () => `PipeWire did not start:\n${session.output}`,
    );
    return sound;
  }

  async run(command: string, ...args: string[]): Promise<string> {
    return (await promisify(execFile)(command, args, { env: this.environment })).stdout;
  }

  /** Name of the sink that programs play to. */
  async defaultSink(): Promise<string> {
    return (await this.run('pactl', 'get-default-sink')).trim();
  }

  /** Name of the sink that somebody chose as the default, whether it is there or not; undefined when nobody did. */
  async chosenSink(): Promise<string | undefined> {
    const answer = await this.run('pw-metadata', '0', 'default.configured.audio.sink');
    return /"name":\s*"([^"]*)"/.exec(answer)?.[1];
  }

  /** Adds stereo speakers that nobody hears. */
  async addSpeakers(name: string): Promise<void> {
    await this.run('pactl', 'load-module', 'module-null-sink', `sink_name=${name}`);
  }

  /** Makes it the default, as a person does. */
  async choose(name: string): Promise<void> {
    await this.run('pactl', 'set-default-sink', name);
    await this.isDefault(name);
  }

  /** Waits until programs play to this sink. */
  async isDefault(name: string): Promise<void> {
    await until(
      async () => ((await this.defaultSink()) === name ? true : undefined),
      30_000,
      () => `${name} does not become the default sink`,
    );
  }

  /** Waits until programs play to another one. */
  async isDefaultNoMore(name: string): Promise<void> {
    await until(
      async () => ((await this.defaultSink()) !== name ? true : undefined),
      30_000,
      () => `the default sink is still ${name}`,
    );
  }

  async sinks(): Promise<string[]> {
    const list = await this.run('pactl', 'list', 'short', 'sinks');
    return list.split('\n').flatMap((line) => line.split('\t')[1] ?? []);
  }

  /** Writes a file with one tone a channel. Takes a while: do it before a stream is timed. @param tones Hz */
  prepare(tones: readonly number[], seconds: number): Tones {
    const file = path.join(this.#folder, `tones-${tones.length}.wav`);
    writeFileSync(file, toneFile(tones, seconds));
    return { file, channels: tones.length };
  }

  /** Plays to the default sink until it is closed. */
  play({ file, channels }: Tones): TestProcess {
    const map = CHANNEL_NAMES.slice(0, channels).join(',');
    return new TestProcess(
      'paplay',
      'paplay',
      [`--channel-map=${map}`, '--latency-msec=100', file],
      {
        env: { ...this.environment },
      },
    );
  }

  async close(): Promise<void> {
    await this.#process.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** 16-bit WAV, 48 kHz, one sine of amplitude 0.25 a channel. */
export function toneFile(tones: readonly number[], seconds: number): Buffer {
  const frames = 48_000 * seconds;
  const data = Buffer.alloc(frames * tones.length * 2);
  for (let i = 0, at = 0; i < frames; i++) {
    for (const hz of tones) {
      data.writeInt16LE(Math.round(8192 * Math.sin((2 * Math.PI * hz * i) / 48_000)), at);
      at += 2;
    }
  }
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'ascii');
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8, 'ascii');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(tones.length, 22);
  header.writeUInt32LE(48_000, 24);
  header.writeUInt32LE(48_000 * tones.length * 2, 28);
  header.writeUInt16LE(tones.length * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'ascii');
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}
