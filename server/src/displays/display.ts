import type { EiRoute } from '../input/ei/ei-route.ts';
import type { InputProbe } from '../native/input-addon.ts';
import type { HdrMetadata } from '../native/hdr-metadata.ts';
import type { PictureOptions, SourceArea } from '../native/media-addon.ts';
import type { DisplaySound } from './desktop-sound.ts';

/**
 * What an app wants to be shown on: the desktop's screen as it is, one that the desktop makes for its device, Game Mode's
 * alone, no screen at all (`input-only`: a card, with the desktop's input), a session of its device's own (`private`:
 * whichever kind works first), the test pattern, or the card of something that the host does (`host-…`).
 */
export const DISPLAY_KINDS = [
  'desktop',
  'own',
  'game-mode',
  'input-only',
  'private',
  'private-gamescope',
  'private-kwin',
  'private-sway',
  'private-x11',
  'test-pattern',
  'host-sleep',
  'host-switch',
  'host-end-app',
] as const;
export type DisplayKind = (typeof DISPLAY_KINDS)[number];
export type HostActionKind = Extract<DisplayKind, `host-${string}`>;

/** A session of a device's own, which nobody else has a part in. */
export function isPrivate(kind: DisplayKind): boolean {
  return kind === 'private' || kind.startsWith('private-');
}

/** Something that the host does, for devices whose owner permits that. */
export function isHostAction(kind: DisplayKind): kind is HostActionKind {
  return kind.startsWith('host-');
}

/** Something may be started on it. */
export function takesCommand(kind: DisplayKind): boolean {
  return kind !== 'input-only' && !isHostAction(kind);
}

/** The user's own desktop or a part of it: kept awake and unlocked while it is streamed. */
export function isOfDesktop(kind: DisplayKind): boolean {
  return ['desktop', 'own', 'game-mode', 'input-only'].includes(kind);
}

/** Its pictures may be HDR (`Display.hdr`). */
export function mayBeHdr(kind: DisplayKind): boolean {
  return kind === 'test-pattern';
}

/** Which of several desktops the owner chose says nothing of it. */
export function isOfAnyDesktop(kind: DisplayKind): boolean {
  return kind !== 'desktop' && kind !== 'own';
}

/** What its owner chose about displays. */
export interface DisplayOptions {
  /** name of the provider that is to be asked alone; absent: each in its order */
  readonly provider?: string;
  /** the X display of the desktop; absent: none */
  readonly x11Display?: string;
  /** the monitor that is streamed; absent: the primary one */
  readonly screen?: string;
  readonly input: 'auto' | 'uinput' | 'desktop' | 'xtest' | 'none';
  /** the PC's own monitors while second screens are streamed; absent: kept */
  readonly monitors?: 'keep' | 'off';
}

/** What a launch asks for. */
export interface LaunchWish {
  readonly kind: DisplayKind;
  readonly width: number;
  readonly height: number;
  /** pictures per second, as a fraction: 60000/1001 is 59.94 */
  readonly rateNumerator: number;
  readonly rateDenominator: number;
  /** its fingerprint, the same whenever it comes, so that a desktop remembers scale and place of its display */
  readonly device: string;
  /** what the owner calls it */
  readonly deviceName: string;
  /** of its sound: 2, 6 or 8; absent: 2 */
  readonly channels?: number;
  /** something is started on it; absent: the screen alone is wanted */
  readonly hasCommand?: boolean;
}

/** A launch's wish, with the owner's at that moment. */
export interface DisplayWish extends LaunchWish {
  readonly options: DisplayOptions;
}

/** What a media process opens: the native part's own list of kinds. */
export type DisplaySource = PictureOptions['source'];

/**
 * Where input for a display goes. `area` is what of the desktop the display is; `placed`: in units of the desktop's own,
 * which the size of its pictures says nothing of.
 */
export type DisplayInput =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'uinput';
      readonly area: SourceArea;
      readonly placed?: true;
      /** types text, which the kernel's keys cannot */
      readonly text?: OwnInput;
    }
  | OwnInput;

/** A desktop's own way. */
export type OwnInput =
  | {
      readonly kind: 'wlroots';
      readonly display: string;
      readonly output: string;
      readonly area: SourceArea;
      readonly placed: true;
    }
  | {
      readonly kind: 'ei';
      readonly route: EiRoute;
      readonly area: SourceArea;
      readonly placed?: true;
    }
  | { readonly kind: 'xtest'; readonly x11Display: string; readonly area: SourceArea };

/** Variables of commands that run on a display; null: what they would inherit belongs elsewhere. */
export type DisplayEnvironment = Readonly<Record<string, string | null>>;

export interface DisplayEvents {
  /** Source or input is another one. Who streams aims input anew; the source is for who comes next. */
  changed: [];
  /** It cannot be seen for now, for this reason. Streams keep its last picture: their media process tells that. */
  away: [reason: string];
  back: [];
  /** What it was there for is done: its app is over. */
  over: [];
}

/**
 * A display that is leased: it is there from `acquire` until `close`, and belongs to the run of one app, whatever
 * number of devices watch it.
 */
export interface Display {
  readonly source: DisplaySource;
  readonly input: DisplayInput;
  readonly sound: DisplaySound;
  readonly environment: DisplayEnvironment;
  /** why it cannot be seen just now; `source` and `input` are then as they were */
  readonly away: string | undefined;
  /** What its pictures are like in HDR, where a device asks for that; absent: they are SDR. */
  readonly hdr?: HdrMetadata;
  /** It has no picture before a program draws on it, which may take a while: it is waited for from the beginning. */
  readonly slowToShow?: boolean;
  /**
   * What a media process needs for the source and has no name: for `pipewire`, the connection that a portal gives
   * (`remoteFd`). Opened anew for each process, since a connection that a dead one used is of no use to the next;
   * whoever asks closes them.
   */
  readonly descriptors?: (() => Promise<readonly number[]>) | undefined;
  /** Its pictures have ended, as whoever reads them says: it may be gone, or another one now. */
  lost?(): void;
  /** Somebody sees its picture from now on. */
  watched?(): void;
  /** Who saw it does so no more, or never came to. */
  left?(): void;
  /** A key, a button or a finger went down on the device. Whoever has this takes no other input. */
  pressed?(): void;
  /** Looks again, for a client that comes to a display which has been there for a while. Never rejects. */
  refresh(): Promise<void>;
  /** Gives it back. May be called twice. Never rejects. */
  close(): Promise<void>;
  on<K extends keyof DisplayEvents>(
    event: K,
    listener: (...args: DisplayEvents[K]) => void,
  ): unknown;
  off<K extends keyof DisplayEvents>(
    event: K,
    listener: (...args: DisplayEvents[K]) => void,
  ): unknown;
}

/** What a look at this machine found. */
export interface DisplayProbe {
  readonly works: boolean;
  /** its desktop does not run here, so that nobody misses it */
  readonly absent?: boolean;
  /** a line for the status: what there is, or why there is nothing */
  readonly detail?: string;
  /** the ways of its own that input has to it */
  readonly input: readonly InputProbe[];
}

/**
 * One kind of desktop: a folder beside this file. Nothing of it may block the thread that calls it, and everything
 * that another process answers has a deadline, whose sentence the client is shown.
 */
export interface DisplayProvider {
  /** for the option, the journal and the log */
  readonly name: string;
  /** as the status calls it */
  readonly title: string;
  readonly kinds: readonly DisplayKind[];
  /** It shows no screen of this machine, so the status says nothing of it. */
  readonly isNoScreen?: true;
  /** Opening it may put a question on the PC's screen. */
  readonly asksPerson?: true;
  /** Never rejects. */
  probe(options: DisplayOptions): Promise<DisplayProbe>;
  /** What of a display's environment is so before it is opened: that of the desktop session it will be part of. */
  environment(wish: DisplayWish): DisplayEnvironment;
  /** @throws Error with a sentence for the client */
  open(wish: DisplayWish): Promise<Display>;
  /**
   * Its screens are on for as long as they would be after a key. Absent where the desktop takes another word for that
   * (`user-session/keep-awake.ts`).
   *
   * @throws Error with a sentence
   */
  wake?(options: DisplayOptions): Promise<void>;
  /** Takes back what an earlier process of the host left, by its rows in the journal. Never rejects. */
  recover?(): Promise<void>;
}
