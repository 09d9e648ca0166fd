import { BackupTrouble, damaged } from './sealed-file.ts';

/*
 * What is inside of a backup, before it is packed and sealed: for each file two bytes of its name's length, the name, six
 * bytes of its length, and its bytes; two zero bytes end it. A name says what a file is and is looked up in a table, never
 * taken for a path.
 */

/** What one kind of file may be at most. */
interface Kind {
  readonly name: RegExp;
  readonly bytes: number;
  readonly most: number;
}

const MIB = 1024 * 1024;

/** Nothing else is in a backup. Names are those in the data folder. */
export const KINDS: readonly Kind[] = [
  { name: /^earthshine\.sqlite$/, bytes: 256 * MIB, most: 1 },
  { name: /^identity\/identity\.json$/, bytes: 64 * 1024, most: 1 },
  { name: /^admin\/certificate\.json$/, bytes: 64 * 1024, most: 1 },
  { name: /^settings\.json$/, bytes: MIB, most: 1 },
  { name: /^art\/[a-z0-9][a-z0-9-]{0,63}\.png$/, bytes: 8 * MIB, most: 4096 },
  { name: /^recordings\/\d{8}-\d{6}-[0-9a-f]{8}\.json$/, bytes: 16 * MIB, most: 4096 },
];

/** All files together, unpacked. */
export const MOST_BYTES = 4096 * MIB;

const LONGEST_NAME = 100;

/** A file as a backup holds it. `content` is read to its end before the next is asked for. */
export interface Entry {
  readonly name: string;
  readonly bytes: number;
  readonly content: AsyncIterable<Buffer>;
}

/** @returns undefined for a name that no backup has */
export function kindOf(name: string): Kind | undefined {
  return name.length > LONGEST_NAME ? undefined : KINDS.find((kind) => kind.name.test(name));
}

/** @throws BackupTrouble when a file is not as long as was said */
export async function* writeEntries(entries: AsyncIterable<Entry>): AsyncGenerator<Buffer> {
  for await (const { name, bytes, content } of entries) {
    const text = Buffer.from(name);
    const front = Buffer.alloc(2 + text.length + 6);
    front.writeUInt16BE(text.length);
    text.copy(front, 2);
    front.writeUIntBE(bytes, 2 + text.length, 6);
    yield front;
    let left = bytes;
    for await (const part of content) {
      left -= part.length;
      yield part;
    }
    if (left !== 0) throw new BackupTrouble(`${name} changed while it was read. Try again.`);
  }
  yield Buffer.alloc(2);
}

/**
 * Reads what {@link writeEntries} wrote. Whatever comes, no more is held at once than a part of it, and no file is handed
 * out that the table does not know, twice, too long, or more often than it may be.
 *
 * @throws BackupTrouble
 */
export async function* readEntries(
  source: AsyncIterable<Buffer>,
  limit = MOST_BYTES,
): AsyncGenerator<Entry> {
  const bytes = new Bytes(source);
  const seen = new Set<string>();
  const counted = new Map<Kind, number>();
  let total = 0;
  for (;;) {
    const length = (await bytes.take(2)).readUInt16BE();
    if (length === 0) break;
    if (length > LONGEST_NAME) throw foreign();
    const name = (await bytes.take(length)).toString('latin1');
    const kind = kindOf(name);
    if (!kind || seen.has(name)) throw foreign();
    seen.add(name);
    const count = (counted.get(kind) ?? 0) + 1;
    counted.set(kind, count);
    const size = (await bytes.take(6)).readUIntBE(0, 6);
    total += size;
    if (count > kind.most || size > kind.bytes || total > limit) {
      throw new BackupTrouble('The backup holds more than a host has. It was not made by one.');
    }
    const content = bytes.parts(size);
    yield { name, bytes: size, content };
    // What nobody wanted is passed over.
    for await (const part of content) void part;
  }
  if (!(await bytes.isOver())) throw foreign();
}

function foreign(): BackupTrouble {
  return new BackupTrouble(
    'The backup holds files that no backup of Earthshine has. It was not made by one.',
  );
}

/** Bytes of a stream in the lengths that are asked for. */
class Bytes {
  readonly #source: AsyncIterator<Buffer>;
  #left: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** @param length few: they are copied */
  async take(length: number): Promise<Buffer> {
    const taken: Buffer[] = [];
    for await (const part of this.parts(length)) taken.push(part);
    return Buffer.concat(taken);
  }

  async *parts(length: number): AsyncGenerator<Buffer> {
    for (let open = length; open > 0;) {
      if (this.#left.length === 0 && !(await this.#more())) throw damaged();
      const part = this.#left.subarray(0, open);
      this.#left = this.#left.subarray(part.length);
      open -= part.length;
      yield part;
    }
  }

  async isOver(): Promise<boolean> {
    while (this.#left.length === 0) if (!(await this.#more())) return true;
    return false;
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#source.next();
    if (done) return false;
    this.#left = value;
    return true;
  }
}
