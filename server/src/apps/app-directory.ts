import { EventEmitter } from 'node:events';
import type { Logger } from 'pino';

import type { Store } from '../store/store.ts';
import { makeAppId, makeGameId } from './app-identity.ts';
import { UPSERT_APP, fromRow, toRow } from './app-rows.ts';
import type { AppRow, StoredApp } from './app-rows.ts';
import type { App, Apps } from './apps.ts';
import { ArtFiles } from './art/art-files.ts';
import type { DrawArt, ShrinkArt } from './art/art-process.ts';
import { GeneratedArt } from './art/generated-art.ts';
import { Thumbnails } from './art/thumbnails.ts';
import { prepareArt } from './art/uploaded-art.ts';

/** What the owner says about an app; the rest (ids, place, art) is the directory's. */
export interface AppDraft {
  readonly title: string;
  readonly source: App['source'];
  readonly command?: readonly string[] | undefined;
  readonly shell: boolean;
  readonly workingDirectory?: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly preparation: readonly {
    readonly run: readonly string[];
    readonly undo?: readonly string[] | undefined;
  }[];
  readonly endsWith: App['endsWith'];
  readonly codec?: App['codec'] | undefined;
  readonly toReview?: true | undefined;
}

/** A change that does not fit the list of apps as it is. */
export class AppConflict extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AppConflict';
  }
}

export interface AppDirectoryOptions {
  readonly store: Store;
  readonly log: Logger;
  /** folder of the pictures; made 0700 */
  readonly artFolder: string;
  /** for apps without a picture of their own */
  readonly drawArt: DrawArt;
  /** for the lists of the admin */
  readonly shrinkArt: ShrinkArt;
  /** milliseconds since 1970 */
  readonly now?: () => number;
}

/** Clients send the list's every entry through their own memory; more than this is a mistake. */
const MAX_APPS = 500;
/** A client that saw the old id polls the list long before that. */
const OLD_ID_LIFETIME_MS = 30 * 24 * 3600 * 1000;
/** Enough for an afternoon of trying out titles. */
const OLD_IDS_PER_APP = 32;

/** In the order of the list; `seeded` is the setting that says that it was put there once, and may be gone since. */
const BUILT_IN = [
  { id: 'desktop', seeded: 'apps.seeded', draft: builtIn('Desktop', 'desktop') },
  { id: 'second-screen', seeded: 'apps.seeded.own', draft: builtIn('Second screen', 'own') },
  { id: 'test-pattern', seeded: 'apps.seeded', draft: builtIn('Test pattern', 'test-pattern') },
  { id: 'input-only', seeded: 'apps.seeded.cards', draft: builtIn('Input only', 'input-only') },
  { id: 'game-mode', seeded: 'apps.seeded.cards', draft: builtIn('Game Mode', 'game-mode') },
  { id: 'sleep', seeded: 'apps.seeded.cards', draft: builtIn('Sleep', 'host-sleep') },
  {
    id: 'switch-mode',
    seeded: 'apps.seeded.cards',
    draft: builtIn('Switch Game Mode and desktop', 'host-switch'),
  },
  {
    id: 'end-app',
    seeded: 'apps.seeded.cards',
    draft: builtIn('End the running app', 'host-end-app'),
  },
] as const;

/**
 * The apps, in memory and in the store: a change counts once it is durable. Old ids of an app are accepted for a
 * month, because clients go on using the one that they saw last (protocol 1 §2.8).
 */
export class AppDirectory extends EventEmitter<{ changed: [] }> implements Apps {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #files: ArtFiles;
  readonly #folderTroubles: readonly string[];
  readonly #now: () => number;
  readonly #generated: GeneratedArt;
  readonly #thumbnails: Thumbnails;
  #apps: readonly StoredApp[] = [];
  /** by id */
  readonly #unreadable = new Map<
    string,
    { readonly sentence: string; readonly art: string | null }
  >();
  /** old game id → the app's id */
  #oldIds: ReadonlyMap<number, string> = new Map();
  #changes: Promise<unknown> = Promise.resolve();

  private constructor(
    options: AppDirectoryOptions,
    files: ArtFiles,
    folderTroubles: readonly string[],
  ) {
    super();
    this.#store = options.store;
    this.#log = options.log;
    this.#files = files;
    this.#folderTroubles = folderTroubles;
    this.#generated = new GeneratedArt(files, options.drawArt, options.log);
    this.#thumbnails = new Thumbnails(files, options.shrinkArt, options.log);
    this.#now = options.now ?? Date.now;
  }

  /** Reads the apps; each built-in app is put there once. */
  static async open(options: AppDirectoryOptions): Promise<AppDirectory> {
    const troubles: string[] = [];
    const files = await ArtFiles.open(options.artFolder, (sentence) => troubles.push(sentence));
    const directory = new AppDirectory(options, files, troubles);
    await directory.#load();
    await directory.#seed();
    await directory.#load();
    await directory.#tidyArt();
    return directory;
  }

  /** A sentence for a folder of pictures that cannot be used, and for each stored app that is damaged and left out. */
  get troubles(): readonly string[] {
    const left = [...this.#unreadable.values()].map(({ sentence }) => sentence);
    return [...this.#folderTroubles, ...left];
  }

  list(): readonly App[] {
    return this.#apps.map(({ app }) => app);
  }

  byId(id: string): App | undefined {
    return this.#find(id)?.app;
  }

  byGameId(gameId: number): App | undefined {
    const current = this.#apps.find(({ app }) => app.gameId === gameId);
    if (current) return current.app;
    const id = this.#oldIds.get(gameId);
    return id === undefined ? undefined : this.byId(id);
  }

  async art(app: App): Promise<Buffer> {
    const art = this.#find(app.id)?.art;
    if (art !== undefined) {
      const uploaded = await this.#files.read(art);
      if (uploaded) return uploaded;
      this.#log.warn(
        { code: 'art-missing', app: app.id, art },
        `The picture of "${app.title}" is gone from the disk; a generated one is served.`,
      );
    }
    return this.#generated.of(app);
  }

  async thumbnail(app: App): Promise<Buffer> {
    return this.#thumbnails.of(await this.art(app));
  }

  /** @returns the new app, at the end of the list. @throws AppConflict when there are too many */
  add(draft: AppDraft): Promise<App> {
    return this.#change(async () => {
      if (this.#apps.length >= MAX_APPS) {
        throw new AppConflict(`There are ${MAX_APPS} apps already. Remove one first.`);
      }
      const id = makeAppId(draft.title, (taken) => this.byId(taken) !== undefined);
      const last = this.#apps.at(-1)?.app.position ?? -1;
      const added = this.#compose(id, draft, last + 1, undefined);
      await this.#store.run(UPSERT_APP, toRow(added));
      return added.app;
    });
  }

  /** @throws RangeError for an unknown id */
  update(id: string, draft: AppDraft): Promise<App> {
    return this.#change(async () => {
      const before = this.#known(id);
      const after = this.#compose(id, draft, before.app.position, before.art);
      await this.#replace(before, after);
      return after.app;
    });
  }

  /** @throws RangeError for an unknown id */
  remove(id: string): Promise<void> {
    return this.#change(async () => {
      this.#known(id);
      await this.#store.run('DELETE FROM apps WHERE id = ?', [id]);
    });
  }

  /** @param ids every app's id once. @throws AppConflict when the list is another one */
  reorder(ids: readonly string[]): Promise<void> {
    return this.#change(async () => {
      const known = new Set(this.#apps.map(({ app }) => app.id));
      const asked = new Set(ids);
      if (
        asked.size !== ids.length ||
        asked.size !== known.size ||
        ids.some((id) => !known.has(id))
      ) {
        throw new AppConflict('The list of apps has changed in between. Load it again.');
      }
      await this.#store.transaction(async (statements) => {
        for (const [position, id] of ids.entries()) {
          await statements.run('UPDATE apps SET position = ? WHERE id = ?', [position, id]);
        }
      });
    });
  }

  /**
   * Keeps an uploaded picture, cut and scaled to 600×800.
   *
   * @throws InvalidArt for anything but a PNG within its limits
   * @throws RangeError for an unknown id
   */
  async setArt(id: string, upload: Buffer): Promise<App> {
    this.#known(id);
    const picture = await prepareArt(upload);
    return this.#putArt(id, () => this.#files.keep(picture));
  }

  /** Back to the generated picture. @throws RangeError for an unknown id */
  removeArt(id: string): Promise<App> {
    return this.#putArt(id, async () => undefined);
  }

  #putArt(id: string, keep: () => Promise<string | undefined>): Promise<App> {
    return this.#change(async () => {
      const before = this.#known(id);
      const after = this.#compose(id, before.app, before.app.position, await keep());
      await this.#replace(before, after);
      return after.app;
    });
  }

  #compose(id: string, draft: AppDraft, position: number, art: string | undefined): StoredApp {
    const taken = (gameId: number) => {
      const holder = this.byGameId(gameId);
      return holder !== undefined && holder.id !== id;
    };
    return {
      art,
      app: {
        id,
        gameId: makeGameId(id, draft.title, art, taken),
        title: draft.title,
        source: draft.source,
        ...(draft.command && { command: draft.command }),
        shell: draft.shell,
        ...(draft.workingDirectory !== undefined && { workingDirectory: draft.workingDirectory }),
        environment: draft.environment,
        preparation: draft.preparation.map(({ run, undo }) => ({ run, ...(undo && { undo }) })),
        endsWith: draft.endsWith,
        ...(draft.toReview && { toReview: true }),
        ...(draft.codec && { codec: draft.codec }),
        position,
        hasArt: art !== undefined,
      },
    };
  }

  async #replace(before: StoredApp, after: StoredApp): Promise<void> {
    await this.#store.transaction(async (statements) => {
      await statements.run(UPSERT_APP, toRow(after));
      if (before.app.gameId === after.app.gameId) return;
      // A title that comes back brings its old id back.
      await statements.run('DELETE FROM app_game_ids WHERE game_id = ?', [after.app.gameId]);
      await statements.run(
        'INSERT OR REPLACE INTO app_game_ids (game_id, app_id, retired_at) VALUES (?, ?, ?)',
        [before.app.gameId, after.app.id, this.#now()],
      );
      await statements.run(
        `DELETE FROM app_game_ids WHERE app_id = ?1 AND game_id NOT IN
           (SELECT game_id FROM app_game_ids WHERE app_id = ?1 ORDER BY retired_at DESC LIMIT ?2)`,
        [after.app.id, OLD_IDS_PER_APP],
      );
    });
  }

  /** Changes wait for each other, so that each sees the list that the one before left. */
  #change<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(async () => {
      const before = this.#uploads();
      const value = await work();
      await this.#load();
      const after = this.#uploads();
      for (const art of before) if (!after.has(art)) await this.#files.remove(art);
      return value;
    });
    this.#changes = result.catch(() => undefined);
    return result.then((value) => {
      this.emit('changed');
      return value;
    });
  }

  async #load(): Promise<void> {
    const rows = await this.#store.all<AppRow>('SELECT * FROM apps ORDER BY position, id');
    const oldIds = await this.#store.all<{ game_id: number; app_id: string }>(
      'SELECT game_id, app_id FROM app_game_ids WHERE retired_at > ?',
      [this.#now() - OLD_ID_LIFETIME_MS],
    );
    this.#apps = rows.flatMap((row) => {
      try {
        return [fromRow(row)];
      } catch (error) {
        if (!this.#unreadable.has(row.id)) {
          const sentence = `The app "${row.title}" is left out: what is stored of it is damaged. Add it again with its title to replace it.`;
          this.#unreadable.set(row.id, { sentence, art: row.art });
          this.#log.error({ code: 'app-damaged', app: row.id, err: error }, sentence);
        }
        return [];
      }
    });
    this.#oldIds = new Map(oldIds.map(({ game_id, app_id }) => [game_id, app_id]));
  }

  /** Those of a newer edition come behind the built-in app that precedes them, before what the owner added. */
  async #seed(): Promise<void> {
    await this.#store.transaction(async (statements) => {
      const seeded = new Set<string>();
      for (const key of new Set(BUILT_IN.map((app) => app.seeded))) {
        if (await statements.get('SELECT 1 FROM settings WHERE key = ?', [key])) seeded.add(key);
        else await statements.run('INSERT INTO settings (key, value) VALUES (?, ?)', [key, 'true']);
      }
      let position = 0;
      for (const { id, seeded: key, draft } of BUILT_IN) {
        const there = 'SELECT position FROM apps WHERE id = ?';
        const known = await statements.get<{ position: number }>(there, [id]);
        if (known) position = known.position + 1;
        // The owner's own app may have the name.
        if (known || seeded.has(key)) continue;
        await statements.run('UPDATE apps SET position = position + 1 WHERE position >= ?', [
          position,
        ]);
        await statements.run(UPSERT_APP, toRow(this.#compose(id, draft, position, undefined)));
        position += 1;
      }
    });
  }

  /** Removes what a crash between file and store, or an app of old, left on the disk, and small pictures, which are made again. */
  async #tidyArt(): Promise<void> {
    const drawn = new Set(this.#apps.map(({ app }) => GeneratedArt.nameFor(app)));
    await this.#files.keepOnly(new Set([...this.#uploads(), ...drawn]));
  }

  #uploads(): Set<string> {
    const all = [...this.#apps, ...this.#unreadable.values()];
    return new Set(all.flatMap(({ art }) => art ?? []));
  }

  #find(id: string): StoredApp | undefined {
    return this.#apps.find(({ app }) => app.id === id);
  }

  #known(id: string): StoredApp {
    const found = this.#find(id);
    if (!found) throw new RangeError(`There is no app "${id}".`);
    return found;
  }
}

function builtIn(title: string, source: App['source']): AppDraft {
  return { title, source, shell: false, environment: {}, preparation: [], endsWith: 'processes' };
}
