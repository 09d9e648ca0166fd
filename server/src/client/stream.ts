import { EventEmitter } from 'node:events';
import type { Codec } from '../gamestream/stream-config.ts';
import { AudioReceiver } from './audio/audio-receiver.ts';
import { monotonicNow } from './clock.ts';
import { ControlStream } from './control/control-stream.ts';
import type { HostMessage } from './control/host-messages.ts';
import type { Launch, LaunchOptions } from './launch.ts';
import type { NetworkImpairment } from '../native/receiver-addon.ts';
import type { LossOptions } from './loss.ts';
import {
  ENCRYPT_AUDIO,
  ENCRYPT_CONTROL,
  ENCRYPT_VIDEO,
  HIGH_QUALITY_FROM,
  negotiateStream,
  type Negotiated,
} from './negotiation.ts';
import { RtspClient } from './rtsp-client.ts';
import { VideoReceiver } from './video/video-receiver.ts';
import { Violations } from './violations.ts';

export interface StreamOptions extends LaunchOptions {
  readonly bitrateKbps?: number;
  /** bytes, multiple of 16; before the seal's 32 are taken off */
  readonly packetSize?: number;
  /** H.264 by default */
  readonly codec?: Codec;
  readonly chroma444?: boolean;
  readonly slices?: number;
  /** 0…5 */
  readonly cscMode?: number;
  readonly refreshRateX100?: number;
  readonly packetDuration?: 5 | 10;
  /** 2 video, 4 audio; both by default */
  readonly encryption?: number;
  /** like an old client: what the host demands is not heard, control is sealed the legacy way */
  readonly ignoresDemands?: boolean;
  /** asks for invalidated references instead of keyframes after a loss */
  readonly invalidation?: boolean;
  readonly videoLoss?: NetworkImpairment;
  readonly audioLoss?: LossOptions;
  /** instead of the one that the host names: a test puts a network of its own between the two */
  readonly videoPort?: number;
  /** what is sent as `Host` and in OPTIONS; by default as the bitrate tells */
  readonly anonymousHost?: boolean;
}

interface StreamEvents {
  message: [message: HostMessage];
  ended: [code: number | undefined];
}

/** One running stream: every plane open, packets counted, nothing decoded yet. */
export class Stream extends EventEmitter<StreamEvents> {
  readonly negotiated: Negotiated;
  readonly video: VideoReceiver;
  readonly audio: AudioReceiver;
  readonly control: ControlStream;
  readonly violations: Violations;
  /** CLOCK_MONOTONIC, milliseconds, when PLAY was answered */
  readonly playedAt: number;
  #closed: Promise<void> | undefined;

  constructor(
    parts: Pick<Stream, 'negotiated' | 'video' | 'audio' | 'control' | 'violations' | 'playedAt'>,
  ) {
    super();
    this.negotiated = parts.negotiated;
    this.video = parts.video;
    this.audio = parts.audio;
    this.control = parts.control;
    this.violations = parts.violations;
    this.playedAt = parts.playedAt;
    this.control.on('message', (message) => this.emit('message', message));
    this.control.on('ended', (code) => this.emit('ended', code));
    this.video.on('keyframeWanted', () => this.control.requestKeyframe());
    this.video.on('invalidationWanted', (first, last) => this.control.invalidate(first, last));
    this.video.on('damaged', (block) => this.control.reportBlock(block));
  }

  /** Ends the view like a user who closes the window; the app goes on. */
  close(): Promise<void> {
    return this.#end(() => this.control.disconnect());
  }

  /** Is gone without a word, like a phone whose battery is. */
  vanish(): Promise<void> {
    return this.#end(() => this.control.vanish());
  }

  #end(leave: () => Promise<void>): Promise<void> {
    this.#closed ??= (async () => {
      await leave();
      await Promise.all([this.video.close(), this.audio.close()]);
    })();
    return this.#closed;
  }
}

/**
 * RTSP, then the planes in the order of the stock client (protocol 2 §2).
 *
 * @param host numeric
 * @throws RtspFailed, Error
 */
export async function openStream(
  host: string,
  launch: Launch,
  options: StreamOptions,
): Promise<Stream> {
  const violations = new Violations();
  const bitrateKbps = options.bitrateKbps ?? 20_000;
  const rtsp = new RtspClient({
    host,
    url: launch.url,
    key: launch.key,
    anonymousHost: options.anonymousHost ?? bitrateKbps < HIGH_QUALITY_FROM,
  });
  const packetDuration = options.packetDuration ?? 5;
  const audioSeal = { key: launch.key, keyId: launch.keyId >>> 0 };
  let audio: AudioReceiver | undefined;
  try {
    const negotiated = await negotiateStream(
      rtsp,
      host,
      {
        width: options.width,
        height: options.height,
        fps: options.fps,
        refreshRateX100: options.refreshRateX100 ?? 0,
        bitrateKbps,
        packetSize: options.packetSize ?? 1392,
        codec: options.codec ?? 'h264',
        tenBit: options.hdr ?? false,
        chroma444: options.chroma444 ?? false,
        slices: options.slices ?? 1,
        cscMode: options.cscMode ?? 2,
        channels: options.channels ?? 2,
        packetDuration,
        invalidation: options.invalidation ?? false,
        encryption: options.encryption ?? ENCRYPT_VIDEO | ENCRYPT_AUDIO,
        ignoresDemands: options.ignoresDemands ?? false,
        local: true,
      },
      async (target, sealed) => {
        audio = new AudioReceiver(
          {
            host,
            ...target,
            packetDuration,
            ...(sealed && { seal: audioSeal }),
            ...(options.audioLoss && { loss: options.audioLoss }),
          },
          violations,
        );
        await audio.open();
      },
    );
    const playedAt = monotonicNow();
    return await openPlanes({
      host,
      launch,
      options,
      negotiated,
      audio: audio!,
      violations,
      playedAt,
    });
  } catch (error) {
    await audio?.close();
    throw error;
  }
}

async function openPlanes(parts: {
  readonly host: string;
  readonly launch: Launch;
  readonly options: StreamOptions;
  readonly negotiated: Negotiated;
  readonly audio: AudioReceiver;
  readonly violations: Violations;
  readonly playedAt: number;
}): Promise<Stream> {
  const { host, launch, options, negotiated, violations } = parts;
  const { encryption, packetSize } = negotiated.wish;
  const control = await ControlStream.open(
    {
      host,
      ...negotiated.control,
      key: launch.key,
      scheme: encryption & ENCRYPT_CONTROL ? 'v2' : 'legacy',
    },
    violations,
  );
  const video = new VideoReceiver(
    {
      host,
      ...negotiated.video,
      ...(options.videoPort !== undefined && { port: options.videoPort }),
      packetSize,
      codec: negotiated.wish.codec,
      recovery: negotiated.invalidation ? 'invalidation' : 'keyframe',
      ...(encryption & ENCRYPT_VIDEO && { key: launch.key }),
      ...(options.videoLoss && { loss: options.videoLoss }),
    },
    violations,
  );
  const stream = new Stream({ ...parts, control, video });
  try {
    video.open();
    await control.startInput();
    return stream;
  } catch (error) {
    await stream.close();
    throw error;
  }
}
