import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';

import * as z from 'zod';

/*
 * A backup on disk: one line of JSON that says how it is sealed, then pieces of one length, each sealed by AES-256-GCM with
 * the line as what goes with it. The nonce of a piece holds its number and whether it is the last, so that none can be left
 * out, moved, repeated or cut off without its being noticed.
 */

export const BACKUP_FORMAT = 'earthshine-backup';
export const BACKUP_VERSION = 1;

/** A file that is stolen can be guessed at for years. */
export const SHORTEST_PASSPHRASE = 12;

const PIECE_BYTES = 256 * 1024;
const TAG_BYTES = 16;
const MOST_HEAD_BYTES = 4096;
const MOST_PIECES = 0xffff_ffff;

/** 128 MiB and a third of a second for each try at the passphrase. */
export const COST = { n: 131_072, r: 8, p: 1 } as const;

const head = z.object({
  format: z.literal(BACKUP_FORMAT),
  version: z.int().min(1),
  /** when it was made */
  made: z.iso.datetime(),
  /** the version of the program that made it */
  by: z.string().max(100),
  cipher: z.literal('aes-256-gcm'),
  scrypt: z.object({
    // What it costs to open a file is not for the file to say.
    n: z
      .int()
      .min(COST.n / 128)
      .max(COST.n * 2)
      .refine((n) => Math.log2(n) % 1 === 0),
    r: z.literal(8),
    p: z.literal(1),
    salt: z.base64().length(24),
  }),
});

export type BackupHead = Readonly<z.output<typeof head>>;

/** A backup cannot be made or taken back; the message is for its owner. */
export class BackupTrouble extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BackupTrouble';
  }
}

/** Seals what comes, piece by piece. */
export async function* seal(
  content: AsyncIterable<Buffer>,
  passphrase: string,
  { made, by, cost = COST.n }: Pick<BackupHead, 'made' | 'by'> & { readonly cost?: number },
): AsyncGenerator<Buffer> {
  const salt = randomBytes(16).toString('base64');
  const written: BackupHead = {
    format: BACKUP_FORMAT,
    version: BACKUP_VERSION,
    ...{ made, by },
    cipher: 'aes-256-gcm',
    scrypt: { ...COST, n: cost, salt },
  };
  const line = Buffer.from(`${JSON.stringify(written)}\n`);
  const key = await keyOf(passphrase, written);
  yield line;
  let number = 0;
  for await (const { piece, isLast } of pieces(content, PIECE_BYTES)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(number++, isLast));
    cipher.setAAD(line);
    yield Buffer.concat([cipher.update(piece), cipher.final(), cipher.getAuthTag()]);
  }
}

/**
 * Opens what {@link seal} made. Nothing of a piece is handed out before it was found to be whole.
 *
 * @param onHead told who made it and when, before anything is opened
 * @throws BackupTrouble
 */
export async function* unseal(
  file: AsyncIterable<Buffer>,
  passphrase: string,
  onHead: (found: BackupHead) => void = () => {},
): AsyncGenerator<Buffer> {
  const { line, rest } = await firstLine(file);
  const found = readHead(line);
  onHead(found);
  const key = await keyOf(passphrase, found);
  let number = 0;
  for await (const { piece, isLast } of pieces(rest, PIECE_BYTES + TAG_BYTES)) {
    if (number > MOST_PIECES) throw damaged();
    yield openPiece(piece, key, line, number, isLast);
    number++;
  }
}

function openPiece(
  piece: Buffer,
  key: Buffer,
  line: Buffer,
  number: number,
  isLast: boolean,
): Buffer {
  if (piece.length < TAG_BYTES) throw damaged();
  const end = piece.length - TAG_BYTES;
  const cipher = createDecipheriv('aes-256-gcm', key, nonceOf(number, isLast));
  cipher.setAAD(line);
  cipher.setAuthTag(piece.subarray(end));
  try {
    return Buffer.concat([cipher.update(piece.subarray(0, end)), cipher.final()]);
  } catch {
    throw number === 0
      ? new BackupTrouble('This is not its passphrase, or the backup is damaged.')
      : damaged();
  }
}

export function damaged(): BackupTrouble {
  return new BackupTrouble('The backup is damaged, or was not copied whole.');
}

function readHead(line: Buffer): BackupHead {
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch {
    throw notOurs();
  }
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown };
  if (format !== BACKUP_FORMAT) throw notOurs();
  if (typeof version === 'number' && version > BACKUP_VERSION) {
    throw new BackupTrouble(
      `The backup was made by a newer Earthshine (form ${version}, this one knows ${BACKUP_VERSION}). Install that version first.`,
    );
  }
  const read = head.safeParse(value);
  if (!read.success) throw damaged();
  return read.data;
}

function notOurs(): BackupTrouble {
  return new BackupTrouble('This is no backup of Earthshine.');
}

async function keyOf(passphrase: string, { scrypt: cost }: BackupHead): Promise<Buffer> {
  const salt = Buffer.from(cost.salt, 'base64');
  // The same word typed on another keyboard may be written with other code points.
  const words = passphrase.normalize('NFC');
  const limits = { N: cost.n, r: cost.r, p: cost.p, maxmem: 130 * cost.n * cost.r };
  return new Promise((resolve, reject) => {
    scrypt(words, salt, 32, limits, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

/** A key seals one file, so that its numbers alone are enough. */
function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(number, 7);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

async function firstLine(
  file: AsyncIterable<Buffer>,
): Promise<{ line: Buffer; rest: AsyncIterable<Buffer> }> {
  const source = file[Symbol.asyncIterator]();
  let begun = Buffer.alloc(0);
  while (!begun.includes(0x0a)) {
    const { value, done } = await source.next();
    if (done || begun.length > MOST_HEAD_BYTES) throw notOurs();
    begun = Buffer.concat([begun, value]);
  }
  const end = begun.indexOf(0x0a) + 1;
  if (end > MOST_HEAD_BYTES) throw notOurs();
  const after = begun.subarray(end);
  const rest = async function* (): AsyncGenerator<Buffer> {
    yield after;
    for (;;) {
      const { value, done } = await source.next();
      if (done) return;
      yield value;
    }
  };
  return { line: begun.subarray(0, end), rest: rest() };
}

/** Pieces of one length, and a last one that may be shorter, also empty. */
async function* pieces(
  content: AsyncIterable<Buffer>,
  length: number,
): AsyncGenerator<{ piece: Buffer; isLast: boolean }> {
  let kept: Buffer[] = [];
  let bytes = 0;
  for await (const part of content) {
    kept.push(part);
    bytes += part.length;
    if (bytes <= length) continue;
    const joined = Buffer.concat(kept);
    let at = 0;
    // More than one is there, so this one is not the last.
    for (; joined.length - at > length; at += length) {
      yield { piece: joined.subarray(at, at + length), isLast: false };
    }
    kept = [joined.subarray(at)];
    bytes = joined.length - at;
  }
  yield { piece: Buffer.concat(kept), isLast: true };
}
