import { describe, expect, it } from 'vitest';

import { listPart, listQuery } from '../../src/admin/list-query.ts';

const all = Array.from({ length: 7 }, (_, index) => ({
  id: `r${index}`,
  name: `Row ${index} of TV`,
}));
const part = (query: Record<string, string>) =>
  listPart(all, listQuery.parse(query), {
    id: ({ id }) => id,
    words: ({ id, name }) => [id, name],
  });
const ids = ({ rows }: ReturnType<typeof part>) => rows.map(({ id }) => id);

describe('a list', () => {
  it('is whole without a question', () => {
    expect(part({})).toEqual({ rows: all });
  });

  it('goes on where it was cut, to its end', () => {
    const first = part({ limit: '3' });
    expect([ids(first), first.next]).toEqual([['r0', 'r1', 'r2'], 'r2']);
    const second = part({ limit: '4', after: first.next! });
    expect([ids(second), second.next]).toEqual([['r3', 'r4', 'r5', 'r6'], undefined]);
  });

  it('has the rows in which all words occur, and cuts those', () => {
    expect(ids(part({ search: 'tv ROW r3' }))).toEqual(['r3']);
    expect(part({ search: 'none' })).toEqual({ rows: [] });
    expect(part({ search: 'row', limit: '7' }).next).toBeUndefined();
  });

  it('says when the place is gone', () => {
    expect(() => part({ after: 'r9' })).toThrow(/is gone/);
  });

  it.each([{ limit: '0' }, { limit: '501' }, { limit: 'x' }, { search: 'x'.repeat(101) }])(
    'refuses %o',
    (query) => expect(listQuery.safeParse(query).success).toBe(false),
  );
});
