import type { HdrMetadata } from './hdr-metadata.ts';
import type { SendMethod, StageStatistics, ThreadClass } from './statistics.ts';

/**
 * The native media pipeline as the media process sees it: few, coarse calls; nothing per frame or per packet
 * crosses this boundary. Every option is validated before it comes here; the native side asserts.
 */
export interface MediaAddon {
  /**
   * What the encoders of this machine can do, by opening each once. Takes up to a second, and longer where a driver
   * starts.
   *
   * @param gpu the only render node that is tried; all of them by default
   */
  probeEncoders(gpu?: string): EncoderProbe[];
  /**
   * Drives an encoder through all that a stream asks of it, for a person who has the GPU. Takes seconds, longer where
   * it is slow, and blocks: for a process of its own.
   */
  verifyEncoder(options: VerifiedEncoder): EncoderVerification;
  /**
   * A page of shared memory for the counters of up to `COUNTER_SLOTS` viewers, as a descriptor (memfd) owned by
   * the caller. The control process makes it and hands it to each media process, so that frame numbers, packet
   * sequences and nonces go on over a restart; no other child inherits it.
   */
  createCounterPage(): number;
  /** Zeroes one slot; call when a viewer gets a new key. */
  resetCounters(fd: number, slot: number): void;
  /**
   * Opens one picture: a source in a mode, with its capture thread. Resolves when the source delivers;
   * rejects with a sentence that says what is missing. The encoder that is `expected` opens beside the source, and
   * serves the first viewer if that asks for the same.
   */
  openPicture(
    options: PictureOptions & { readonly expected?: EncoderWish },
    onEvent: (event: PictureEvent) => void,
  ): Promise<NativePicture>;
  /**
   * Asks for real-time class for one thread of this process: directly, then through rtkit, then a better nice
   * value. May wait for rtkit; resolves with what was granted.
   *
   * @param thread kernel id (gettid)
   */
  raiseThread(thread: number): Promise<ThreadClass>;
  /**
   * Gives back to the system what lies free in the C heap, and pages of the program's file, on a thread of its own:
   * the kernel takes tens of milliseconds.
   */
  returnFreeMemory(): Promise<void>;
  /**
   * The screens of an X server, in its own order. Rejects when the display cannot be opened; a server that hangs is
   * waited for, on a thread of the call's own.
   */
  listX11Screens(display: string): Promise<X11Screen[]>;
  /**
   * Turns an X server's monitors on, ends its screen saver and begins its idle time anew. Rejects and waits as
   * `listX11Screens` does.
   */
  wakeX11(display: string): Promise<unknown>;
}

export const COUNTER_SLOTS = 64;

/** What is verified: one profile of one encoder. */
export interface VerifiedEncoder {
  /** `EncoderProbe.name` */
  readonly encoder: string;
  readonly codec: 'h264' | 'hevc' | 'av1';
  readonly chroma: '4:2:0' | '4:4:4';
  readonly bitDepth: 8 | 10;
  readonly width: number;
  readonly height: number;
  readonly bitrateKbps: number;
  /** a render node; absent: the first that works */
  readonly gpu?: string;
}

/** What was seen of it; times are milliseconds. */
export interface EncoderVerification {
  readonly description?: string;
  /** why it could not go on; absent when everything was done */
  readonly fault?: string;
  readonly openMs: number;
  readonly firstMs: number;
  readonly medianMs: number;
  readonly worstMs: number;
  readonly firstIsIdr: boolean;
  readonly askedKbps: number;
  readonly seenKbps: number;
  /** after the bitrate was changed */
  readonly askedKbpsLater: number;
  readonly seenKbpsLater: number;
  /** keyframes that nobody had asked for */
  readonly unaskedIdrFrames: number;
  /** what came when a frame was called lost */
  readonly answerToLoss?: string;
  readonly idrOnDemand: boolean;
  /** each frame's bytes, in order */
  readonly frames: readonly Uint8Array[];
  /** which of them was called lost; the next one is not to be decoded either, as it refers to it */
  readonly lost: number;
}

/** What an encoder can do in one of its profiles. */
export interface ProfileProbe {
  /** as the codec's standard calls it: High, Main 10 */
  readonly name: string;
  readonly chroma: '4:2:0' | '4:4:4';
  readonly bitDepth: 8 | 10;
  /** luma samples a second that it was seen to encode at full motion; absent where nobody measured */
  readonly samplesPerSecond?: number;
  /** those were with its least effort, which it takes for modes that need it: it serves every mode, if slower than asked */
  readonly bends?: boolean;
  /** absent when usable, else why not */
  readonly fault?: string;
}

export interface EncoderProbe {
  /** one word: nvenc, vaapi, x264, x265 */
  readonly name: string;
  /** what it says of itself, with the settings it was tried with; absent when it could not be opened */
  readonly description?: string;
  readonly codec: 'h264' | 'hevc' | 'av1';
  readonly profiles: readonly ProfileProbe[];
  /** reference frame invalidation works */
  readonly invalidation: boolean;
  /** why none of its profiles is usable; absent when one is */
  readonly fault?: string;
}

/** Where a source lies on its desktop, in pixels of it. */
export interface SourceArea {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** of the whole desktop */
  readonly desktopWidth: number;
  readonly desktopHeight: number;
}

export interface X11Screen {
  readonly name: string;
  readonly area: SourceArea;
  readonly primary: boolean;
}

/** A video node of PipeWire: a screen or a window that a Wayland desktop hands out. */
export type PipewireSource = {
  readonly kind: 'pipewire';
  /**
   * A connection to the server that the node lives in, as the portal gives it: a descriptor of this process, which
   * openPicture takes over and closes, also where it rejects. It serves once: when the stream ends, the source
   * stays gone, and a new one is needed. Absent: the user's server.
   */
  readonly remoteFd?: number;
  /**
   * what the producer is asked for. `variable`: pictures as they come (KWin up to 6.7); `fractional`: the picture's
   * own rate (KWin from 6.8 on); `relaxed`: as they come, with a high limit (GNOME). What is refused is asked again
   * with a range, and then without.
   */
  readonly rate: 'variable' | 'fractional' | 'relaxed';
  /** `metadata`: the producer tells of it, and it is drawn here; `embedded`: the producer draws it */
  readonly cursor: 'metadata' | 'hidden' | 'embedded';
  /** the only size that is asked for, both or none; absent: whatever the producer has */
  readonly width?: number;
  readonly height?: number;
} & (
  | {
      /** the node's id; one that comes back under it must have the same name */
      readonly node: number;
    }
  | {
      /** the node's object.serial, which no other node gets */
      readonly serial: string;
    }
);

export interface PictureOptions {
  readonly source:
    | {
        readonly kind: 'test-pattern';
        /** drawn in HDR10, for streams that are; absent: no */
        readonly hdr?: boolean;
      }
    | {
        /** a picture that stands still and says something */
        readonly kind: 'card';
        /** of the display that says it: those of two are never one picture, however alike they are */
        readonly id: string;
        /** printable ASCII, the heading first: 16 lines of 100 letters at most */
        readonly lines: readonly string[];
      }
    | {
        readonly kind: 'x11';
        readonly display: string;
        /** RandR monitor name; absent: the whole root window if it is one monitor, else the primary one */
        readonly screen?: string;
        readonly cursor: boolean;
      }
    | PipewireSource
    | {
        readonly kind: 'wayland-capture';
        /** the compositor's socket: a name in XDG_RUNTIME_DIR, or a path */
        readonly display: string;
        /** the output's name, as the compositor tells it */
        readonly output: string;
        readonly cursor: boolean;
      };
  /** the mode that viewers get; a source of another size is scaled with its aspect kept */
  readonly width: number;
  readonly height: number;
  readonly rateNumerator: number;
  readonly rateDenominator: number;
  /** The source worked before: where it cannot be opened now, a plain picture is shown until it can. */
  readonly awaitSource?: boolean;
}

/** One per session; numbers are validated, keys are 16 bytes. */
/**
 * Where sound comes from: the monitor of a PipeWire sink by its node name, the monitor of whatever sink is the default,
 * or silence with a correct packet clock. One that does not exist yet is waited for.
 */
export type SoundSource =
  | { readonly kind: 'sink'; readonly name: string }
  | { readonly kind: 'default-monitor' }
  | { readonly kind: 'silence' };

/** What of a viewer's wishes makes its encoder. */
export type EncoderWish = Pick<
  ViewerOptions['video'],
  | 'codec'
  | 'chroma'
  | 'bitDepth'
  | 'colorSpace'
  | 'fullRange'
  | 'hdr'
  | 'slices'
  | 'maxReferenceFrames'
  | 'bitrateKbps'
  | 'encoders'
  | 'gpu'
>;

export interface ViewerOptions {
  readonly viewer: number;
  /** slot in the counter page, whose descriptor is `countersFd` */
  readonly countersFd: number;
  readonly slot: number;
  readonly video: {
    readonly codec: 'h264' | 'hevc' | 'av1';
    readonly chroma: '4:2:0' | '4:4:4';
    readonly bitDepth: 8 | 10;
    readonly colorSpace: 'bt601' | 'bt709' | 'bt2020';
    readonly fullRange: boolean;
    /** HDR10: the pixels are PQ, of BT.2020 with 10 bits, and this light; absent: SDR */
    readonly hdr?: HdrMetadata;
    readonly slices: number;
    /** 0: as many as the level allows */
    readonly maxReferenceFrames: number;
    /** `EncoderProbe.name`s in the order in which they are tried; absent: all of them, the best first */
    readonly encoders?: readonly string[];
    /** the render node that a GPU's encoder is to run on; absent: the first that works */
    readonly gpu?: string;
    /** encoder's target, kbit/s: the client's wish less FEC, audio and headers */
    readonly bitrateKbps: number;
    readonly packetSize: number;
    readonly fecPercentage: number;
    readonly minFecPackets: number;
    /** present when the plane is sealed with AES-128-GCM */
    readonly key?: Uint8Array;
    readonly dscp: boolean;
    readonly sending: SendSettings;
  };
  readonly audio: {
    readonly channels: number;
    readonly streams: number;
    readonly coupledStreams: number;
    readonly mapping: readonly number[];
    /** bit/s */
    readonly bitrate: number;
    /** milliseconds */
    readonly packetDuration: 5 | 10;
    /** present when the plane is sealed with AES-128-CBC; `keyId` is rikeyid as u32 */
    readonly key?: Uint8Array;
    readonly keyId: number;
    readonly dscp: boolean;
    readonly source: SoundSource;
  };
}

/** How video leaves this machine, as its owner set it. */
export interface SendSettings {
  /** `auto`: segmentation offload where a self-test finds it sound */
  readonly method: 'auto' | Exclude<SendMethod, 'none'>;
  /** `smooth`: bursts spread by the stream's bitrate; `burst`: by the link's rate alone; `off`: at once */
  readonly pacing: 'smooth' | 'burst' | 'off';
  /** no burst follows another faster than this, kbit/s */
  readonly linkKbps: number;
  /** packets dropped on purpose before they are sent, for field tests */
  readonly drop?: DropSettings;
}

/** Deterministic loss: bursts of `burst` packets, `percentage` of all on average. */
export interface DropSettings {
  readonly percentage: number;
  readonly burst: number;
  readonly seed: number;
}

/** What may change while a viewer watches; what is absent stays. */
export interface Tuning {
  /** of the encoder, kbit/s; without an IDR where the encoder can */
  readonly bitrateKbps?: number;
  readonly fecPercentage?: number;
  /** parity packets of a block at least; a keyframe, whose loss costs more, has twice what is beyond the client's wish */
  readonly minFecPackets?: number;
  /** segmentation offload is left for good: the client loses packets while it is in use */
  readonly sendMethod?: 'sendmmsg';
}

/** One of a stream's two flows of packets. */
export type MediaPlane = 'video' | 'audio';

export interface Endpoint {
  /** numeric address of the client, IPv4 or IPv6 (never v4-mapped) */
  readonly address: string;
  readonly port: number;
  /** the address the client reached us at, numeric, and the plane's fixed port; bound with SO_REUSEPORT */
  readonly localAddress: string;
  readonly localPort: number;
}

export interface NativePicture {
  /**
   * Goes on with another source in the same mode: viewers see it without a keyframe. Rejects with a sentence when it
   * cannot be opened; the one before is then shown further.
   */
  changeSource(options: PictureOptions): Promise<void>;
  /** Adds a viewer with its encoder, senders and sound; its first frame is an IDR. Rejects with a sentence. */
  addViewer(options: ViewerOptions): Promise<void>;
  /** Where a plane goes; nothing is sent on a plane before. May be called again (roaming). */
  setEndpoint(viewer: number, plane: MediaPlane, endpoint: Endpoint): void;
  /**
   * The next encoded frame is an IDR. Requests merge while one is unsent, or was sent less than a round trip ago:
   * the client asked before it can have seen it.
   *
   * @param roundTrip milliseconds; 0 where it is unknown
   */
  requestKeyframe(viewer: number, roundTrip: number): void;
  /** Frames first…last must not be referenced any more; becomes a keyframe where the encoder cannot. */
  invalidate(viewer: number, first: number, last: number): void;
  tune(viewer: number, tuning: Tuning): void;
  /** Reads that sink's monitor from now on; a viewer that was added with silence keeps it. */
  setSoundSource(viewer: number, source: SoundSource): void;
  removeViewer(viewer: number): Promise<void>;
  /** Statistics since the last call, one entry per viewer. */
  statistics(): ViewerStatistics[];
  /** Ends every thread; may be called twice. */
  close(): Promise<void>;
}

export type PictureEvent =
  /** where the source lies: once at the start, and whenever it changes; the stream keeps its mode and scales */
  | { readonly kind: 'source-area'; readonly area: SourceArea }
  /** the source or a viewer's part stopped and cannot go on by itself */
  | {
      readonly kind: 'fault';
      readonly viewer?: number;
      readonly part: string;
      readonly message: string;
    }
  /** something that the owner should know, the stream goes on; a part's next one replaces it */
  | {
      readonly kind: 'notice';
      readonly viewer?: number;
      readonly part: string;
      readonly message: string;
      /** what the part's last notice told of is over; the message is for the log */
      readonly recovered?: true;
    };

export interface ViewerStatistics extends StageStatistics {
  readonly viewer: number;
}
