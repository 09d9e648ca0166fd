import { describe, expect, it } from 'vitest';

import { duration, plain, sheet, table } from '../../src/terminal/table.ts';

describe('table', () => {
  it('lines columns up by what a terminal shows, not by code units', () => {
    expect(
      table(
        ['NAME', 'STATE'],
        [
          ['ゲーム', 'on'],
          ['e\u0301lan', 'off'],
          ['TV', 'on'],
        ],
      ).split('\n'),
    ).toEqual(['NAME    STATE', 'ゲーム  on', 'e\u0301lan    off', 'TV      on']);
  });

  it('takes out what would play with the terminal', () => {
    expect(table(['A'], [['\u001b[31mred\u0007']])).toBe('A\n[31mred');
    expect(plain('a\u009bb\nc')).toBe('abc');
  });

  it('paints the headings alone', () => {
    const dim = (text: string): string => `<${text}>`;
    expect(table(['A'], [['x']], dim)).toBe('<A>\nx');
    expect(sheet([['Name', 'x']], dim)).toBe('<Name>   x');
  });
});

describe('duration', () => {
  it.each([
    [-5, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [5 * 3_600_000 + 12 * 60_000, '5 h 12 min'],
    [52 * 3_600_000, '2 d 4 h'],
  ])('says %i ms as %s', (ms, text) => expect(duration(ms)).toBe(text));
});
