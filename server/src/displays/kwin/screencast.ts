import type { WaylandOutput } from '../../wayland/outputs.ts';
import type { WaylandConnection, WaylandObject } from '../../wayland/wayland-connection.ts';
import { within } from '../deadline.ts';

export const SCREENCAST = 'zkde_screencast_unstable_v1';
/** Of it, the newest that is spoken here; 4 can describe a virtual output, 6 tells the node's serial. */
const VERSION = 6;
/** zkde-screencast-unstable-v1.xml */
const REQUESTS = { streamOutput: 0, streamVirtualOutput: 3, streamVirtualOutputDescribed: 5 };
const STREAM = { close: 0, closed: 0, created: 1, failed: 2, serial: 3 };
/** how the pointer is told of: beside the picture */
const POINTER_METADATA = 4;
/** milliseconds; making a virtual output sets up a whole screen */
const STREAM_LIMIT = 5_000;

/** A new output, in pixels. */
export interface VirtualOutput {
  /** the output will be called `Virtual-NAME` */
  readonly name: string;
  readonly description: string;
  readonly width: number;
  readonly height: number;
}

/** One feed of KWin's, until it is closed or KWin closes it. */
export interface KWinStream {
  /** of the PipeWire node; the serial where KWin tells it, since numbers are used again */
  readonly node: { readonly serial: string } | { readonly node: number };
  close(): void;
}

/** The screencast protocol on a connection that sees it. */
export class Screencast {
  readonly #connection: WaylandConnection;
  readonly #manager: WaylandObject;

  /** @returns absent where KWin does not show it to this program */
  static on(connection: WaylandConnection): Screencast | undefined {
    const global = connection.find(SCREENCAST);
    return global && new Screencast(connection, connection.bind(global, VERSION));
  }

  private constructor(connection: WaylandConnection, manager: WaylandObject) {
    this.#connection = connection;
    this.#manager = manager;
  }

  /**
   * @param closed KWin has ended the feed: its output is gone
   * @throws Error with a sentence
   */
  streamOutput(output: WaylandOutput, closed: () => void): Promise<KWinStream> {
    return this.#stream(closed, (stream) =>
      this.#connection.request(this.#manager, REQUESTS.streamOutput, (to) =>
        to.uint(stream.id).uint(output.object.id).uint(POINTER_METADATA),
      ),
    );
  }

  /** Makes an output that is there as long as its feed. @throws Error with a sentence */
  streamVirtualOutput(wish: VirtualOutput, closed: () => void): Promise<KWinStream> {
    if (this.#manager.version < 2) {
      throw new Error('This KWin makes no virtual outputs; Plasma 5.22 and newer do.');
    }
    return this.#stream(closed, (stream) => {
      const described = this.#manager.version >= 4;
      this.#connection.request(
        this.#manager,
        described ? REQUESTS.streamVirtualOutputDescribed : REQUESTS.streamVirtualOutput,
        (to) => {
          to.uint(stream.id).string(wish.name);
          if (described) to.string(wish.description);
          // A scale of 1: the sizes are logical, and pixels are wanted.
          to.int(wish.width).int(wish.height).fixed(1).uint(POINTER_METADATA);
        },
      );
    });
  }

  async #stream(closed: () => void, ask: (stream: WaylandObject) => void): Promise<KWinStream> {
    const made = Promise.withResolvers<KWinStream['node']>();
    let serial: string | undefined;
    const stream = this.#connection.create((opcode, args) => {
      if (opcode === STREAM.serial) {
        serial = ((BigInt(args.uint()) << 32n) | BigInt(args.uint())).toString();
      } else if (opcode === STREAM.created) {
        made.resolve(serial === undefined ? { node: args.uint() } : { serial });
      } else if (opcode === STREAM.failed) {
        made.reject(new Error(`KWin cannot stream this: ${args.string()}.`));
      } else if (opcode === STREAM.closed) {
        made.reject(new Error('KWin ended the stream at once.'));
        closed();
      }
    }, this.#manager.version);
    ask(stream);
    const close = (): void => this.#connection.request(stream, STREAM.close);
    try {
      const node = await within(
        STREAM_LIMIT,
        made.promise,
        'KWin has not begun to stream in time.',
      );
      return { node, close };
    } catch (error) {
      close();
      throw error;
    }
  }
}
