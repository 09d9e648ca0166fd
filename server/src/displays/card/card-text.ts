import { randomUUID } from 'node:crypto';

import type { DisplaySource } from '../display.ts';

/** What fits on a card in letters that are still read on a phone; the native part takes a few more. */
export const CARD_COLUMNS = 44;
export const CARD_LINES = 10;

/** Signs of sentences that have no decomposition into what a card's letters know. */
const PLAIN: Readonly<Record<string, string>> = {
  ...{ '‘': "'", '’': "'", '“': '"', '”': '"', '„': '"', '–': '-', '—': '-', '…': '...' },
  ...{ '×': 'x', ß: 'ss', æ: 'ae', Æ: 'AE', ø: 'o', Ø: 'O', ł: 'l', Ł: 'L', '\u00a0': ' ' },
};

/**
 * The lines of a card: a heading, and sentences that are broken between words. Its letters are those of ASCII: accents
 * fall away, and what has no counterpart is a question mark.
 */
export function cardLines(heading: string, ...sentences: readonly string[]): readonly string[] {
  // The heading is half as large again.
  const lines = wrapped(plain(heading), Math.floor((CARD_COLUMNS * 2) / 3));
  for (const sentence of sentences) lines.push(...wrapped(plain(sentence), CARD_COLUMNS));
  return lines.slice(0, CARD_LINES);
}

/** The cards of one display. */
export class Cards {
  readonly #id = randomUUID();

  /** A source that says this. */
  saying(heading: string, ...sentences: readonly string[]): DisplaySource {
    return { kind: 'card', id: this.#id, lines: cardLines(heading, ...sentences) };
  }
}

function plain(text: string): string {
  return [...text.normalize('NFKD').replace(/\p{M}/gu, '')]
    .map((letter) => PLAIN[letter] ?? (/^[ -~]$/.test(letter) ? letter : '?'))
    .join('');
}

function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').filter((one) => one !== '')) {
    for (let rest = word; rest !== ''; rest = rest.slice(columns)) {
      const part = rest.slice(0, columns);
      if (line !== '' && line.length + 1 + part.length > columns) {
        lines.push(line);
        line = '';
      }
      line = line === '' ? part : `${line} ${part}`;
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}
