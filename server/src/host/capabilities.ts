import type { Logger } from 'pino';

import type { HostStatus } from '../admin/resources/host-shapes.ts';
import type { Displays } from '../displays/displays.ts';
import { codecModesOf } from '../gamestream/codec-modes.ts';
import type { PictureMode } from '../gamestream/codec-modes.ts';
import { framesPerSecond, slowerThanAsked } from '../gamestream/encoder-pace.ts';
import type { Codec, VideoConfig } from '../gamestream/stream-config.ts';
import type { EncoderChoice } from '../media/encoder-order.ts';
import { encoderNames } from '../media/encoder-order.ts';
import type { Encoders } from '../media/encoders.ts';
import type { EncoderProbe, ProfileProbe } from '../native/media-addon.ts';
import type { SoundAddon } from '../native/sound-addon.ts';

type StatusParts = Pick<HostStatus, 'encoders' | 'sources' | 'input' | 'sound'>;

/** What the input back ends really deliver to the desktop; a client is not promised more. */
export interface InputAbilities {
  readonly penAndTouch: boolean;
  readonly controllerTouch: boolean;
}

/** Desktops, devices and sound servers come and go; the admin's answer may be so old. */
const STATUS_AGE_MS = 10_000;

const CODEC_NAMES = { h264: 'H.264', hevc: 'HEVC', av1: 'AV1' } as const;

function serves(
  profile: ProfileProbe,
  { chroma, bitDepth }: Pick<VideoConfig, 'chroma' | 'bitDepth'>,
): boolean {
  return profile.fault === undefined && profile.chroma === chroma && profile.bitDepth === bitDepth;
}

/** What an encoder can write, and how much of it: "HEVC Main 10, 1280×720 at 31 Hz". */
function profilesOf({ codec, profiles }: EncoderProbe): string[] {
  return profiles
    .filter(({ fault }) => fault === undefined)
    .map((profile) => {
      const what = `${CODEC_NAMES[codec]} ${profile.name}`;
      const hertz = framesPerSecond(profile, { width: 1280, height: 720 });
      return hertz === undefined ? what : `${what}, 1280×720 at ${Math.floor(hertz)} Hz`;
    });
}

/**
 * What this machine can do, found by trying: encoders once for each build and driver; displays, input and sound
 * again while somebody looks at the status, because a desktop may start after the host. Nobody waits for a look.
 */
export class Capabilities {
  readonly #addon: Pick<SoundAddon, 'probeSound'>;
  readonly #displays: Displays;
  readonly #log: Logger;
  readonly #encoders: Encoders;
  readonly #choice: EncoderChoice;
  #sound: HostStatus['sound'] = { works: false, detail: 'not looked at yet' };
  #soundAt = -Infinity;

  constructor(
    addon: Pick<SoundAddon, 'probeSound'>,
    encoders: Encoders,
    displays: Displays,
    log: Logger,
    choice: EncoderChoice = {},
  ) {
    this.#choice = choice;
    this.#addon = addon;
    this.#encoders = encoders;
    this.#displays = displays;
    this.#log = log;
    this.look();
  }

  /** Bits of ServerCodecModeSupport: what can be encoded at all. */
  codecModes(): number {
    return codecModesOf(this.#encoders.found);
  }

  /** The same for a stream: what keeps up with its mode, and is on a GPU or wished for. */
  offeredModes(mode: PictureMode, chosen: readonly Codec[]): number {
    const { found } = this.#encoders;
    const byEncoder = found
      .filter(({ name }) => name === this.#choice.encoder)
      .map(({ codec }) => codec);
    return codecModesOf(found, mode, [...chosen, ...byEncoder]);
  }

  invalidation(): boolean {
    return this.#usable().some((probe) => probe.invalidation);
  }

  encoderName(video: VideoConfig): string | undefined {
    return encoderNames(this.#fitting(video), this.#choice)[0];
  }

  /** Why a stream will be slower than its client asked, in a sentence; undefined: it will not. */
  slowerThanAsked(video: VideoConfig): string | undefined {
    const name = this.encoderName(video);
    const probe = this.#fitting(video).find((one) => one.name === name);
    const profile = probe?.profiles.find((one) => serves(one, video));
    return profile && slowerThanAsked(profile, video);
  }

  inputAbilities(): InputAbilities {
    // XTest has no touch, and pads with touch pads and motion need uhid.
    return { penAndTouch: this.#displays.prefersUinput, controllerTouch: false };
  }

  /** Looks again at what comes and goes, every 10 s at most. Waits for nothing. */
  look(): void {
    void this.#displays.look();
    void this.#lookAtSound();
  }

  /** As it was found last. */
  parts(): StatusParts {
    const { sources, input } = this.#displays.status();
    return {
      encoders: this.#encoderParts(),
      sources: [...sources],
      input: input.map(({ backend, usable, reason }) => ({
        name: backend === 'xtest' ? 'XTest' : backend,
        works: usable,
        ...(reason && { detail: reason }),
      })),
      sound: this.#sound,
    };
  }

  #encoderParts(): StatusParts['encoders'] {
    const { found, fault } = this.#encoders;
    if (found.length === 0 && fault !== undefined) {
      return [{ name: 'none found', works: false, codecs: [], detail: fault }];
    }
    return found.map((probe) => ({
      name: probe.name,
      works: probe.fault === undefined,
      codecs: profilesOf(probe),
      ...(probe.fault === undefined ? {} : { detail: probe.fault }),
    }));
  }

  #fitting(video: VideoConfig): readonly EncoderProbe[] {
    return this.#usable().filter(
      (probe) =>
        probe.codec === video.codec && probe.profiles.some((profile) => serves(profile, video)),
    );
  }

  #usable(): readonly EncoderProbe[] {
    return this.#encoders.found.filter((probe) => probe.fault === undefined);
  }

  async #lookAtSound(): Promise<void> {
    if (performance.now() - this.#soundAt < STATUS_AGE_MS) return;
    this.#soundAt = performance.now();
    try {
      const { server, version, defaultSink } = await this.#addon.probeSound();
      this.#sound = {
        works: true,
        detail: `${server} ${version}${defaultSink ? `, plays to ${defaultSink}` : ''}`,
      };
    } catch (error) {
      this.#log.debug({ err: error }, 'no sound');
      this.#sound = { works: false, detail: (error as Error).message };
    }
  }
}
