import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';

import type { Logger } from 'pino';

import { writeDurably } from '../store/durable-file.ts';
import {
  FILE_END,
  LONGEST_HEAD,
  readHead,
  readRecording,
  writeRecording,
} from './recording-file.ts';
import { DamagedRecording, RECORDING_ID } from './recording.ts';
import type { Recording, RecordingHeader } from './recording.ts';

/** Summaries that are kept beside the recordings, one of each of the last sessions. */
export const MOST_SUMMARIES = 50;
/** The longest file that is read: one that holds more was not written here. */
export const LONGEST_FILE = 16 * 1024 * 1024;

/** A recording as a list shows it. */
export type ListedRecording =
  | { readonly id: string; readonly bytes: number; readonly header: RecordingHeader }
  /** it cannot be read; it can be removed, and downloaded for a look */
  | { readonly id: string; readonly bytes: number; readonly damage: string };

export type RecordingChange = Partial<Pick<RecordingHeader, 'name' | 'note' | 'pinned'>>;

/** There is no room for it: what is pinned fills the budget. */
export class NoRoomForRecording extends Error {
  constructor() {
    super('There is no room for the recording: pinned ones take all of it. Unpin or remove some.');
    this.name = 'NoRoomForRecording';
  }
}

interface Known {
  readonly stamp: string;
  readonly listed: ListedRecording;
}

/**
 * The recordings in their folder, a file each, named by their id. What others put there under other names is neither
 * read nor removed; links are not followed. Changes happen one after the other.
 */
export class Recordings {
  readonly #folder: string;
  readonly #log: Logger;
  readonly #budget: () => number;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: {
    readonly folder: string;
    readonly log: Logger;
    readonly budget: () => number;
    readonly now?: () => number;
  }) {
    this.#folder = options.folder;
    this.#log = options.log;
    this.#budget = options.budget;
    this.#now = options.now ?? Date.now;
  }

  /** bytes that recordings may take together */
  get budget(): number {
    return this.#budget();
  }

  /** `20261201-083000-0123abcd`; sorted by it, the oldest is first. */
  freshId(): string {
    const now = new Date(this.#now());
    const [date, time] = now.toISOString().replace(/[-:]/g, '').split(/[T.]/);
    const thousandth = now.getMilliseconds().toString(16).padStart(3, '0');
    return `${date}-${time}-${thousandth}${randomBytes(3).toString('hex').slice(1)}`;
  }

  /** The newest first. A folder that is not there yet is empty. */
  async list(): Promise<ListedRecording[]> {
    const ids = await this.#ids();
    const listed: ListedRecording[] = [];
    for (const id of ids.toSorted().toReversed()) {
      const one = await this.#look(id);
      if (one) listed.push(one);
    }
    for (const id of this.#known.keys()) if (!ids.includes(id)) this.#known.delete(id);
    return listed;
  }

  /** @returns undefined where there is none of this id */
  async find(id: string): Promise<ListedRecording | undefined> {
    return RECORDING_ID.test(id) ? this.#look(id) : undefined;
  }

  /**
   * The file as it is, whole or not; its reader closes it.
   *
   * @throws RangeError when there is none of this id
   */
  async open(id: string): Promise<FileHandle> {
    const handle = await this.#open(id);
    if (!handle) throw noSuch();
    return handle;
  }

  /**
   * @throws RangeError when there is none of this id
   * @throws DamagedRecording with a sentence
   */
  async read(id: string): Promise<Recording> {
    const handle = await this.open(id);
    try {
      const { size } = await handle.stat();
      if (size > LONGEST_FILE) throw new DamagedRecording('The file is too long for a recording.');
      const recording = readRecording(await handle.readFile('utf8'));
      return recording.header.id === id
        ? recording
        : { ...recording, header: { ...recording.header, id } };
    } finally {
      await handle.close();
    }
  }

  /**
   * Keeps a recording under its own id, and makes room for it: the oldest go that are not pinned.
   *
   * @throws NoRoomForRecording
   */
  add(recording: Recording): Promise<ListedRecording> {
    return this.#inTurn(async () => {
      await this.#write(recording);
      await this.#makeRoom(recording.header.id);
      return (await this.#look(recording.header.id))!;
    });
  }

  /** A file from elsewhere, checked as a whole, under an id of its own. @throws DamagedRecording */
  async import(text: string): Promise<ListedRecording> {
    const { header, ...rest } = readRecording(text);
    return this.add({
      ...rest,
      header: { ...header, id: this.freshId(), kind: 'capture', imported: true, pinned: false },
    });
  }

  /** @throws RangeError, DamagedRecording */
  change(id: string, change: RecordingChange): Promise<ListedRecording> {
    return this.#inTurn(async () => {
      const recording = await this.read(id);
      await this.#write({ ...recording, header: { ...recording.header, ...change } });
      return (await this.#look(id))!;
    });
  }

  /** @throws RangeError when there is none of this id */
  remove(id: string): Promise<void> {
    return this.#inTurn(async () => {
      if (!(await this.#look(id))) throw noSuch();
      await rm(this.#file(id), { force: true });
      this.#known.delete(id);
    });
  }

  /** Resolves when what was begun is done. */
  async settled(): Promise<void> {
    await this.#turn.catch(() => undefined);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work, work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #file(id: string): string {
    return path.join(this.#folder, `${id}.json`);
  }

  async #ids(): Promise<string[]> {
    const names = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return names
      .filter((name) => name.endsWith('.json'))
      .map((name) => name.slice(0, -'.json'.length))
      .filter((id) => RECORDING_ID.test(id));
  }

  /** Neither follows a link nor waits for a pipe's other end. */
  async #open(id: string): Promise<FileHandle | undefined> {
    if (!RECORDING_ID.test(id)) return undefined;
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    try {
      const handle = await open(this.#file(id), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      if ((await handle.stat()).isFile()) return handle;
      await handle.close();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ELOOP' && code !== 'EMLINK') throw error;
    }
    return undefined;
  }

  async #look(id: string): Promise<ListedRecording | undefined> {
    const handle = await this.#open(id);
    if (!handle) return undefined;
    try {
      const { size, mtimeMs, ino } = await handle.stat();
      const stamp = `${ino} ${size} ${mtimeMs}`;
      const known = this.#known.get(id);
      if (known?.stamp === stamp) return known.listed;
      const listed = { id, bytes: size, ...(await readHeadOf(handle, id, size)) };
      this.#known.set(id, { stamp, listed });
      return listed;
    } finally {
      await handle.close();
    }
  }

  async #write(recording: Recording): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await writeDurably(this.#file(recording.header.id), writeRecording(recording));
  }

  /** Removes what is too much; the one that came last only when pinned ones leave no room for it. */
  async #makeRoom(latest: string): Promise<void> {
    const all = await this.list();
    const isSummary = (one: ListedRecording): boolean =>
      'header' in one && one.header.kind === 'summary';
    const isPinned = (one: ListedRecording): boolean => 'header' in one && one.header.pinned;
    const gone = all.filter((one) => isSummary(one) && !isPinned(one)).slice(MOST_SUMMARIES);
    const kept = all.filter((one) => !isSummary(one));
    let bytes = kept.reduce((sum, one) => sum + one.bytes, 0);
    const budget = this.#budget();
    for (const one of kept.toReversed()) {
      if (bytes <= budget) break;
      if (isPinned(one) || one.id === latest) continue;
      bytes -= one.bytes;
      gone.push(one);
    }
    const full = bytes > budget && kept.some((one) => one.id === latest) && kept.some(isPinned);
    const own = full ? kept.find((one) => one.id === latest && !isPinned(one)) : undefined;
    for (const { id } of own ? [...gone, own] : gone) {
      await rm(this.#file(id), { force: true });
      this.#known.delete(id);
      this.#log.info({ recording: id }, 'an old recording made room');
    }
    if (own) throw new NoRoomForRecording();
  }
}

async function readHeadOf(
  handle: FileHandle,
  id: string,
  size: number,
): Promise<{ header: RecordingHeader } | { damage: string }> {
  const head = Buffer.alloc(Math.min(LONGEST_HEAD, size));
  const { bytesRead } = await handle.read(head, 0, head.length, 0);
  const line = head.subarray(0, bytesRead).indexOf('\n');
  try {
    if (line < 0) throw new DamagedRecording('The file does not begin as a recording does.');
    const header = readHead(head.toString('utf8', 0, line));
    const end = Buffer.alloc(FILE_END.length);
    await handle.read(end, 0, end.length, Math.max(0, size - end.length));
    if (end.toString() !== FILE_END) throw new DamagedRecording('The recording is not whole.');
    return { header: { ...header, id } };
  } catch (error) {
    if (error instanceof DamagedRecording) return { damage: error.message };
    throw error;
  }
}

const noSuch = (): RangeError => new RangeError('There is no such recording.');
