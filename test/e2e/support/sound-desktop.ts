import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Channels, decodeOpus } from '../../../server/src/client/audio/opus-decoder.ts';
import type { GameStreamClient } from '../../../server/src/client/game-stream-client.ts';
import type { Stream } from '../../../server/src/client/stream.ts';
import { HostUnderTest } from './host-under-test.ts';
import { type Tones, SoundSession } from './sound-session.ts';
import { XServer } from './x-server.ts';

/** A desktop with sound, the built host that streams it, and a client that is paired with it. */
export class SoundDesktop {
  readonly sound: SoundSession;
  readonly screen: XServer;
  readonly host: HostUnderTest;
  readonly client: GameStreamClient;
  /** id of the app that streams the desktop */
  readonly app: number;

  private constructor(parts: Pick<SoundDesktop, 'sound' | 'screen' | 'host' | 'client' | 'app'>) {
    this.sound = parts.sound;
    this.screen = parts.screen;
    this.host = parts.host;
    this.client = parts.client;
    this.app = parts.app;
  }

  /** @param speakers names of stereo sinks that nobody hears */
  static async start(speakers: readonly string[] = []): Promise<SoundDesktop> {
    const closing: { close(): Promise<void> }[] = [];
    try {
      const sound = await SoundSession.start();
      closing.unshift(sound);
      for (const name of speakers) await sound.addSpeakers(name);
      const screen = await XServer.start(640, 360);
      closing.unshift(screen);
      const host = await HostUnderTest.start({
        environment: { ...sound.environment, DISPLAY: screen.display },
      });
      closing.unshift(host);
      const client = await host.pairedClient();
      const app = (await client.app('Desktop')).id;
      return new SoundDesktop({ sound, screen, host, client, app });
    } catch (error) {
      for (const part of closing) await part.close();
      throw error;
    }
  }

  /**
   * Plays tones on the desktop while a client streams it, and ends both.
   *
   * @param meanwhile runs before they end
   * @returns what the client heard in 2.5 s of it, each channel's samples
   */
  async hear(
    stream: Stream,
    tones: Tones,
    meanwhile: () => Promise<void> = async () => {},
  ): Promise<Channels> {
    const packets: Buffer[] = [];
    const player = this.sound.play(tones);
    try {
      await sleep(1500);
      stream.audio.on('packet', ({ opus }) => opus && packets.push(opus));
      await sleep(2500);
      await meanwhile();
      expect(player.output).toBe('');
    } finally {
      await stream.close();
      await this.client.cancel();
      await player.close();
    }
    expect(stream.violations.list).toEqual([]);
    const { layout, wish } = stream.negotiated;
    return decodeOpus(packets, layout, wish.packetDuration);
  }

  async close(): Promise<void> {
    await this.host.close();
    await this.screen.close();
    await this.sound.close();
  }
}
