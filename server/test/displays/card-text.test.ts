import { expect, it } from 'vitest';

import { CARD_COLUMNS, CARD_LINES, cardLines, Cards } from '../../src/displays/card/card-text.ts';

it('a card breaks its sentences between words, and a heading, which is larger, earlier', () => {
  expect(
    cardLines(
      'A heading that is far too long for one line',
      'Controllers, keyboard and mouse of this device go to the PC.',
    ),
  ).toEqual([
    'A heading that is far too',
    'long for one line',
    'Controllers, keyboard and mouse of this',
    'device go to the PC.',
  ]);
});

it('a card knows ASCII alone: accents fall away, signs have a counterpart or a question mark', () => {
  expect(cardLines('Pokémon “Straße” 1280×720…', 'Игра 👾')).toEqual([
    'Pokemon "Strasse" 1280x720...',
    '???? ?',
  ]);
});

it('a card holds what fits, whatever it is given', () => {
  const lines = cardLines('x'.repeat(100), 'y'.repeat(5_000), '');
  expect(lines).toHaveLength(CARD_LINES);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(CARD_COLUMNS);
  expect(lines.join('')).toMatch(/^[ -~]*$/);
});

it('cards of two displays are two pictures, and those of one are one while they say the same', () => {
  const [one, other] = [new Cards(), new Cards()];
  expect(one.saying('Sleep')).toEqual(one.saying('Sleep'));
  expect(one.saying('Sleep')).not.toEqual(other.saying('Sleep'));
});
