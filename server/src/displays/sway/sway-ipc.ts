import net from 'node:net';

import { within } from '../deadline.ts';

const MAGIC = Buffer.from('i3-ipc');
/** magic, length of the payload, type (sway-ipc(7)) */
const HEADER = MAGIC.length + 8;
const TYPES = { runCommand: 0, getOutputs: 3, getVersion: 7 } as const;

/** milliseconds */
const ANSWER_LIMIT = 3_000;

/** The part of an output that is used here; rectangles are in logical pixels. */
export interface SwayOutput {
  readonly name: string;
  readonly active: boolean;
  readonly focused: boolean;
  /** its monitor is on; sway before 1.8 calls it `dpms` alone */
  readonly power?: boolean;
  readonly dpms?: boolean;
  readonly scale: number;
  readonly rect: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
  /** millihertz */
  readonly current_mode?: {
    readonly width: number;
    readonly height: number;
    readonly refresh: number;
  };
}

/** Asks a sway by its socket: a connection for each question. @throws Error with a sentence */
export class SwayIpc {
  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
  }

  async version(): Promise<string> {
    const { human_readable: text } = (await this.#ask(TYPES.getVersion)) as {
      human_readable: string;
    };
    return text;
  }

  async outputs(): Promise<readonly SwayOutput[]> {
    return (await this.#ask(TYPES.getOutputs)) as readonly SwayOutput[];
  }

  /** @param command as in its configuration */
  async run(command: string): Promise<void> {
    const results = (await this.#ask(TYPES.runCommand, command)) as readonly {
      success: boolean;
      error?: string;
    }[];
    const failed = results.find(({ success }) => !success);
    if (failed) throw new Error(`sway refused "${command}": ${failed.error ?? 'no reason given'}.`);
  }

  async #ask(type: number, payload = ''): Promise<unknown> {
    const socket = net.connect(this.#socket);
    try {
      return await within(
        ANSWER_LIMIT,
        exchange(socket, type, Buffer.from(payload)),
        `sway (${this.#socket}) does not answer.`,
      );
    } finally {
      socket.destroy();
    }
  }
}

async function exchange(socket: net.Socket, type: number, payload: Buffer): Promise<unknown> {
  const header = Buffer.alloc(HEADER);
  MAGIC.copy(header);
  header.writeUInt32LE(payload.length, MAGIC.length);
  header.writeUInt32LE(type, MAGIC.length + 4);
  socket.write(Buffer.concat([header, payload]));
  let answer: Buffer = Buffer.alloc(0);
  for await (const bytes of socket as AsyncIterable<Buffer>) {
    answer = Buffer.concat([answer, bytes]);
    if (answer.length < HEADER) continue;
    const size = HEADER + answer.readUInt32LE(MAGIC.length);
    if (answer.length >= size) return JSON.parse(answer.toString('utf8', HEADER, size));
  }
  throw new Error('sway ended the connection.');
}
