import type { Logger } from 'pino';

import type { InputProbe } from '../native/input-addon.ts';
import { AbsentDesktop } from './absent-desktop.ts';
import { isHostAction, isOfAnyDesktop } from './display.ts';
import type {
  Display,
  DisplayKind,
  DisplayEnvironment,
  DisplayOptions,
  DisplayProbe,
  DisplayProvider,
  DisplayWish,
  LaunchWish,
} from './display.ts';
import { FollowingDisplay, type OpenedDisplay } from './following-display.ts';
import type { Uinput } from './uinput.ts';

/** What there is to stream, as the status shows it. */
export interface DisplayStatus {
  readonly sources: readonly {
    readonly name: string;
    readonly works: boolean;
    readonly detail?: string;
  }[];
  readonly input: readonly InputProbe[];
}

/** A launch's sentence where nothing that runs here can show it. */
function nothingFor(kind: DisplayKind): string {
  switch (kind) {
    case 'desktop':
      return NO_DESKTOP;
    case 'own':
      return 'No desktop that can make a screen for this device runs on the host: that takes KDE Plasma, GNOME or Sway.';
    case 'game-mode':
      return 'Game Mode does not run on the host just now: that takes gamescope.';
    case 'test-pattern':
      return 'This host has no test pattern.';
    default:
      if (isHostAction(kind)) return 'This host cannot do that.';
      return 'No private session can be started here: that takes gamescope, KWin, sway or Xvfb.';
  }
}

const NO_DESKTOP =
  'No desktop runs here that could be streamed: sign in on this PC, or start Earthshine inside the session.';

/** What sessions need of them. */
export type DisplayLeases = Pick<Displays, 'acquire' | 'environment'>;

/** milliseconds: desktops come and go, and a look costs each of them a connection */
const LOOK_AGE = 10_000;

/** Nobody is told of a way that the desktop has a better one than. */
const NOT_NEEDED: DisplayProbe = { works: false, absent: true, input: [] };
const NOT_LOOKED: DisplayProbe = { works: false, detail: 'not looked at yet', input: [] };

const isSilent = ({ asksPerson }: DisplayProvider): boolean => asksPerson !== true;

/**
 * The displays of this machine, whoever makes them. What there is stands ready: only `look` and `acquire` ask a
 * desktop, and never for somebody whom the host does not know.
 */
export class Displays {
  readonly #providers: readonly DisplayProvider[];
  readonly #options: () => DisplayOptions;
  readonly #uinput: Uinput;
  readonly #log: Logger;
  readonly #hint: (() => string | undefined) | undefined;
  readonly #probes = new Map<DisplayProvider, DisplayProbe>();
  /** what was seen to be possible: a desktop that restarts must not make apps come and go in clients' lists */
  readonly #offered = new Set<DisplayKind>();
  #lookedAt = -Infinity;
  #looking: Promise<void> | undefined;

  /** @param parts.providers in the order in which they are tried */
  constructor(parts: {
    readonly providers: readonly DisplayProvider[];
    readonly options: () => DisplayOptions;
    readonly uinput: Uinput;
    /** what somebody should know who sees no picture of the desktop; undefined: nothing */
    readonly hint?: () => string | undefined;
    readonly log: Logger;
  }) {
    this.#hint = parts.hint;
    this.#providers = parts.providers;
    this.#options = parts.options;
    this.#uinput = parts.uinput;
    this.#log = parts.log;
  }

  /**
   * A display for the run of an app, which closes it.
   *
   * @throws Error with the sentence of the first desktop that is here and could not be opened
   */
  async acquire(launch: LaunchWish): Promise<Display> {
    const first = await this.#acquire(launch, () => true);
    if (!['desktop', 'own', 'game-mode'].includes(launch.kind)) return first.display;
    return this.#following(first, launch);
  }

  /**
   * The desktop as it is, for somebody who wants no picture of it: nobody is asked for that.
   *
   * @throws Error with a sentence
   */
  async acquireUnasked(launch: LaunchWish): Promise<Display> {
    const wish: LaunchWish = { ...launch, kind: 'desktop' };
    return this.#following(await this.#acquire(wish, isSilent), wish);
  }

  /** A question on the PC's screen is for a person who asked for a picture, not for whatever comes by. */
  #following(first: OpenedDisplay, launch: LaunchWish): FollowingDisplay {
    return new FollowingDisplay(first, () => this.#acquire(launch, isSilent), this.#hint);
  }

  async #acquire(
    launch: LaunchWish,
    counts: (provider: DisplayProvider) => boolean,
  ): Promise<OpenedDisplay> {
    const wish = this.#complete(launch);
    let refusal: unknown;
    for (const provider of this.#candidates(wish).filter(counts)) {
      try {
        const display = await provider.open(wish);
        this.#log.info({ provider: provider.name, source: display.source }, 'display acquired');
        return { display, asksPerson: provider.asksPerson === true };
      } catch (error) {
        this.#log.info({ provider: provider.name, err: error }, 'no display');
        if (refusal === undefined || refusal instanceof AbsentDesktop) refusal = error;
      }
    }
    const isChosen = wish.options.provider !== undefined && !isOfAnyDesktop(wish.kind);
    const told = isChosen || !(refusal instanceof AbsentDesktop);
    if (refusal !== undefined && told) throw refusal;
    throw new Error(nothingFor(wish.kind));
  }

  /** What is known of a display's environment before it is there. */
  environment(launch: LaunchWish): DisplayEnvironment {
    const wish = this.#complete(launch);
    return this.#candidates(wish)[0]?.environment(wish) ?? {};
  }

  /** What the last look found. Kinds of desktop that do not run here are left out, unless one was chosen. */
  status(): DisplayStatus {
    const chosen = this.#options().provider;
    const here = this.#providers.filter(
      (provider) =>
        !provider.isNoScreen && (provider.name === chosen || !this.#probe(provider).absent),
    );
    const sources = here.map((provider) => {
      const { works, detail } = this.#probe(provider);
      return { name: provider.title, works, ...(detail !== undefined && { detail }) };
    });
    if (!here.some(({ kinds }) => kinds.includes('desktop'))) {
      sources.unshift({ name: 'Desktop', works: false, detail: NO_DESKTOP });
    }
    return {
      sources,
      input: [
        this.#uinput.probe,
        ...this.#providers.flatMap((provider) => this.#probe(provider).input),
      ],
    };
  }

  /** Whether it could be had at a look since the host started. Looks again, for the next time, and waits for nothing. */
  offers(kind: DisplayKind): boolean {
    void this.look();
    return this.#offered.has(kind);
  }

  /** What a desktop takes of a client goes through the kernel's devices, as far as is known before one is opened. */
  get prefersUinput(): boolean {
    const { input } = this.#options();
    return input === 'uinput' || (input === 'auto' && this.#uinput.probe.usable);
  }

  /** Looks again, every 10 s at most, however often it is called. Never rejects. */
  look(): Promise<void> {
    if (performance.now() - this.#lookedAt < LOOK_AGE) return this.#looking ?? Promise.resolve();
    this.#looking ??= this.#lookNow().finally(() => {
      this.#looking = undefined;
      this.#lookedAt = performance.now();
    });
    return this.#looking;
  }

  /** Turns on the screens of the desktops that run. Never rejects. */
  async wake(): Promise<void> {
    const options = this.#options();
    const running = this.#providers.filter((provider) => this.#probe(provider).works);
    await Promise.all(
      running.map(async (provider) => {
        try {
          await provider.wake?.(options);
        } catch (error) {
          this.#log.info({ provider: provider.name, err: error }, 'its screen is not woken');
        }
      }),
    );
  }

  /** Puts right what an earlier process of the host left. Never rejects. */
  async recover(): Promise<void> {
    await Promise.all(this.#providers.map((provider) => provider.recover?.()));
  }

  async #lookNow(): Promise<void> {
    this.#uinput.look();
    const options = this.#options();
    await Promise.all(
      this.#providers
        .filter(({ asksPerson }) => asksPerson !== true)
        .map((provider) => this.#probeNow(provider, options)),
    );
    // To ask a portal starts it: that is for a desktop with nothing better.
    const isSeen = this.#providers.some(
      (provider) => provider.kinds.includes('desktop') && this.#isBetter(provider),
    );
    for (const provider of this.#providers.filter(({ asksPerson }) => asksPerson === true)) {
      if (isSeen && options.provider !== provider.name) this.#probes.set(provider, NOT_NEEDED);
      else await this.#probeNow(provider, options);
    }
  }

  /** Works without a question. X on a Wayland desktop has nothing but its older programs' windows. */
  #isBetter(provider: DisplayProvider): boolean {
    return provider.asksPerson !== true && provider.name !== 'x11' && this.#probe(provider).works;
  }

  async #probeNow(provider: DisplayProvider, options: DisplayOptions): Promise<void> {
    const probe = await provider.probe(options);
    this.#probes.set(provider, probe);
    if (!probe.works) return;
    const chosen = (options.provider ?? provider.name) === provider.name;
    for (const kind of provider.kinds) {
      if (chosen || isOfAnyDesktop(kind)) this.#offered.add(kind);
    }
  }

  #probe(provider: DisplayProvider): DisplayProbe {
    return this.#probes.get(provider) ?? NOT_LOOKED;
  }

  #complete(launch: LaunchWish): DisplayWish {
    return { ...launch, options: this.#options() };
  }

  /** Those that worked at the last look come first; the others may work by now. */
  #candidates({ kind, options }: DisplayWish): DisplayProvider[] {
    const able = this.#providers.filter(
      ({ kinds, name }) =>
        kinds.includes(kind) && (isOfAnyDesktop(kind) || name === (options.provider ?? name)),
    );
    const worked = (provider: DisplayProvider): boolean => this.#probe(provider).works;
    return [...able.filter(worked), ...able.filter((provider) => !worked(provider))];
  }
}
