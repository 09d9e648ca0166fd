import * as z from 'zod';

import type { SqlValue } from '../store/store.ts';
import { APP_CODECS, APP_ENDS } from './apps.ts';
import type { App } from './apps.ts';
import { DISPLAY_KINDS } from '../displays/display.ts';

/** An app as it lies in the store: JSON in three columns, numbers for truth. */
export interface AppRow {
  readonly id: string;
  readonly game_id: number;
  readonly title: string;
  readonly source: string;
  readonly command: string | null;
  readonly shell: number;
  readonly working_directory: string | null;
  readonly environment: string;
  readonly preparation: string;
  readonly ends_with: string;
  readonly to_review: number;
  readonly codec: string | null;
  readonly position: number;
  readonly art: string | null;
}

/** What an older or newer edition wrote that this one does not know becomes the usual. */
const source = z.enum(DISPLAY_KINDS).catch('desktop');
const endsWith = z.enum(APP_ENDS).catch('processes');
const codec = z.enum(APP_CODECS).optional().catch(undefined);
const words = z.array(z.string()).min(1);
const environment = z.record(z.string(), z.string());
const preparation = z.array(
  z
    .object({ run: words, undo: words.optional() })
    .transform(({ run, undo }) => ({ run, ...(undo && { undo }) })),
);

/** An app and the name of its uploaded picture. */
export interface StoredApp {
  readonly app: App;
  readonly art: string | undefined;
}

/** @throws Error when the row holds what no app can be made of */
export function fromRow(row: AppRow): StoredApp {
  const best = codec.parse(row.codec ?? undefined);
  return {
    art: row.art ?? undefined,
    app: {
      id: row.id,
      gameId: row.game_id,
      title: row.title,
      source: source.parse(row.source),
      ...(row.command !== null && { command: words.parse(JSON.parse(row.command)) }),
      shell: row.shell !== 0,
      ...(row.working_directory !== null && { workingDirectory: row.working_directory }),
      environment: environment.parse(JSON.parse(row.environment)),
      preparation: preparation.parse(JSON.parse(row.preparation)),
      endsWith: endsWith.parse(row.ends_with),
      ...(row.to_review !== 0 && { toReview: true as const }),
      ...(best && { codec: best }),
      position: row.position,
      hasArt: row.art !== null,
    },
  };
}

/** Writes the whole row, new or not. */
export const UPSERT_APP = `
  INSERT INTO apps (id, game_id, title, source, command, shell, working_directory, environment, preparation,
                    ends_with, to_review, codec, position, art)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET game_id = excluded.game_id, title = excluded.title, source = excluded.source,
    command = excluded.command, shell = excluded.shell, working_directory = excluded.working_directory,
    environment = excluded.environment, preparation = excluded.preparation,
    ends_with = excluded.ends_with, to_review = excluded.to_review,
    codec = excluded.codec, position = excluded.position, art = excluded.art`;

/** The parameters of {@link UPSERT_APP}. */
export function toRow({ app, art }: StoredApp): SqlValue[] {
  return [
    app.id,
    app.gameId,
    app.title,
    app.source,
    app.command ? JSON.stringify(app.command) : null,
    Number(app.shell),
    app.workingDirectory ?? null,
    JSON.stringify(app.environment),
    JSON.stringify(app.preparation),
    app.endsWith,
    Number(app.toReview ?? false),
    app.codec ?? null,
    app.position,
    art ?? null,
  ];
}
