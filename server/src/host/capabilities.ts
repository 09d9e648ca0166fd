import type { Logger } from 'pino';

import type { HostStatus } from '../admin/resources/host-shapes.ts';
import type { Options } from '../config/options.ts';
import { codecModesOf } from '../gamestream/codec-modes.ts';
import type { InputTarget } from '../gamestream/control/control-plane.ts';
import type { Codec } from '../gamestream/stream-config.ts';
import type { NativeAddon } from '../native/addon.ts';
import type { InputProbe } from '../native/input-addon.ts';
import type { EncoderProbe, X11Screen } from '../native/media-addon.ts';
import type { DesktopSource } from '../sessions/picture-source.ts';

type StatusParts = Pick<HostStatus, 'encoders' | 'sources' | 'input' | 'sound'>;

/** What the input back ends really deliver to the desktop; a client is not promised more. */
export interface InputAbilities {
  readonly penAndTouch: boolean;
  readonly controllerTouch: boolean;
}

/** Desktops, devices and sound servers come and go; the admin's answer may be so old. */
const STATUS_AGE_MS = 10_000;

/**
 * What this machine can do, found by trying: encoders once at start; screens, input and sound again whenever
 * they are asked for, because a desktop may start after the host. What the admin shows is up to 10 s old.
 */
export class Capabilities {
  readonly #addon: NativeAddon;
  readonly #options: Options;
  readonly #log: Logger;
  readonly #encoders: readonly EncoderProbe[];
  #lastBackend: InputTarget['backend'] = 'none';
  #sound: HostStatus['sound'] = { works: false, detail: 'not looked at yet' };
  #soundAt = 0;
  #looked:
    { readonly at: number; readonly parts: Pick<StatusParts, 'sources' | 'input'> } | undefined;

  constructor(addon: NativeAddon, options: Options, log: Logger) {
    this.#addon = addon;
    this.#options = options;
    this.#log = log;
    this.#encoders = addon.probeEncoders();
    for (const probe of this.#encoders) {
      log.info(
        { encoder: probe.name, codec: probe.codec, chroma: probe.chroma, fault: probe.fault },
        'encoder probed',
      );
    }
    void this.#lookAtSound();
  }

  codecModes(): number {
    return codecModesOf(this.#encoders);
  }

  invalidation(): boolean {
    return this.#usable().some((probe) => probe.invalidation);
  }

  encoderName(codec: Codec): string | undefined {
    return this.#usable().find((probe) => probe.codec === codec)?.name;
  }

  /** @throws Error with a sentence when there is no screen to stream */
  desktop(): DesktopSource {
    const { display, screen } = this.#options;
    if (!display) {
      throw new Error(
        'There is no X display to stream. Start Earthshine inside the desktop session, or set --display.',
      );
    }
    const screens = this.#addon.listX11Screens(display);
    const chosen = screen ? screens.find((one) => one.name === screen) : defaultScreen(screens);
    if (!chosen) {
      throw new Error(
        `The display ${display} has no monitor called ${screen}. It has: ${screens.map((one) => one.name).join(', ')}.`,
      );
    }
    const { name, area } = chosen;
    return { display, ...(screens.length > 1 ? { screen: name } : {}), area };
  }

  inputBackend(): InputTarget['backend'] {
    const { input } = this.#options;
    if (input !== 'auto') return input;
    // uinput reaches every program, games that read pads among them; XTest only X11 clients.
    const usable = this.#inputProbes().find((probe) => probe.usable);
    if (usable) this.#lastBackend = usable.backend;
    // While the X server is away XTest cannot be found, but it is what input goes on with.
    return this.#lastBackend;
  }

  inputAbilities(): InputAbilities {
    // XTest has no touch, and pads with touch pads and motion need uhid.
    return { penAndTouch: this.inputBackend() === 'uinput', controllerTouch: false };
  }

  parts(): StatusParts {
    void this.#lookAtSound();
    return {
      encoders: this.#encoders.map((probe) => ({
        name: probe.name,
        works: probe.fault === undefined,
        codecs: [
          `${probe.codec.toUpperCase().replace('H264', 'H.264')} ${probe.chroma.join(', ')}`,
        ],
        ...(probe.fault === undefined ? {} : { detail: probe.fault }),
      })),
      ...this.#lookAtDesktop(),
      sound: this.#sound,
    };
  }

  /** Asks the X server over new connections, which an open page of the admin must not do every second. */
  #lookAtDesktop(): Pick<StatusParts, 'sources' | 'input'> {
    if (this.#looked && Date.now() - this.#looked.at < STATUS_AGE_MS) return this.#looked.parts;
    const parts = {
      sources: [this.#desktopPart(), { name: 'Test pattern', works: true }],
      input: this.#inputProbes().map((probe) => ({
        name: probe.backend === 'xtest' ? 'XTest' : probe.backend,
        works: probe.usable,
        ...(probe.reason ? { detail: probe.reason } : {}),
      })),
    };
    this.#looked = { at: Date.now(), parts };
    return parts;
  }

  #usable(): readonly EncoderProbe[] {
    return this.#encoders.filter((probe) => probe.fault === undefined);
  }

  #inputProbes(): InputProbe[] {
    const { display } = this.#options;
    return this.#addon.probeInput(display ? { x11Display: display } : {});
  }

  #desktopPart(): HostStatus['sources'][number] {
    try {
      const { display, area } = this.desktop();
      return {
        name: 'X11 desktop',
        works: true,
        detail: `${display}, ${area.width}×${area.height}`,
      };
    } catch (error) {
      return { name: 'X11 desktop', works: false, detail: (error as Error).message };
    }
  }

  async #lookAtSound(): Promise<void> {
    if (Date.now() - this.#soundAt < STATUS_AGE_MS) return;
    this.#soundAt = Date.now();
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

function defaultScreen(screens: readonly X11Screen[]): X11Screen | undefined {
  return screens.find((screen) => screen.primary) ?? screens[0];
}
