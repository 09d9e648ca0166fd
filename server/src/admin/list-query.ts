import * as z from 'zod';

import { ApiError } from './api-error.ts';

/** What a list takes behind its `?`. Without any of it all of it is answered. */
export const listQuery = z.object({
  search: z
    .string()
    .max(100)
    .optional()
    .meta({ description: 'words that all have to occur, in any case and order' }),
  limit: z.coerce.number().int().min(1).max(500).optional(),
  after: z
    .string()
    .max(100)
    .optional()
    .meta({ description: 'what the list before named as `next`' }),
});

/** What a list says beside its rows. */
export const listEnd = {
  next: z
    .string()
    .optional()
    .meta({ description: 'to be named as `after`; absent: nothing follows' }),
};

interface Listed<T> {
  readonly rows: T[];
  readonly next?: string;
}

/**
 * A part of a list.
 *
 * @param of the name by which a row is found again, and what a search looks at
 * @throws ApiError where the row before is gone
 */
export function listPart<T>(
  all: readonly T[],
  { search, limit, after }: z.output<typeof listQuery>,
  of: { readonly id: (row: T) => string; readonly words: (row: T) => readonly string[] },
): Listed<T> {
  const begin = after === undefined ? 0 : all.findIndex((row) => of.id(row) === after) + 1;
  if (after !== undefined && begin === 0) {
    throw new ApiError(
      'not-found',
      'What the list was read up to is gone. Read it from its beginning.',
      { reason: 'list-place', field: 'after' },
    );
  }
  const wanted = (search ?? '').toLowerCase().split(/\s+/);
  const found = all.slice(begin).filter((row) => {
    const text = of.words(row).join(' ').toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  const rows = found.slice(0, limit);
  return rows.length < found.length ? { rows, next: of.id(rows.at(-1)!) } : { rows };
}
