/** How a text stands in a terminal: control characters from outside must not play with it. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, '');
}

/** What terminals show two columns wide: East Asian Wide and Fullwidth (UAX 11) in ranges, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;

/** Columns that a text takes in a terminal: marks take none. */
function displayWidth(text: string): number {
  let width = 0;
  for (const sign of text) {
    if (/\p{M}|\p{Cf}/u.test(sign)) continue;
    width += WIDE.test(sign) ? 2 : 1;
  }
  return width;
}

/**
 * Columns under headings, two spaces apart, without a frame.
 *
 * @param dim paints the headings; the identity where there is no terminal
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  dim: (text: string) => string = (text) => text,
): string {
  const cells = rows.map((row) => row.map(plain));
  const widths = headings.map((heading, column) =>
    Math.max(displayWidth(heading), ...cells.map((row) => displayWidth(row[column] ?? ''))),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell + ' '.repeat(Math.max(0, widths[column]! - displayWidth(cell))))
      .join('  ')
      .trimEnd();
  return [dim(line(headings)), ...cells.map(line)].join('\n');
}

/** Names before values, the values lined up; a row without a name goes on with the one above. */
export function sheet(
  rows: readonly (readonly [name: string, value: string])[],
  dim: (text: string) => string = (text) => text,
): string {
  const width = Math.max(...rows.map(([name]) => displayWidth(name)));
  return rows
    .map(([name, value]) => {
      const gap = ' '.repeat(width - displayWidth(name) + 3);
      return `${dim(name)}${gap}${plain(value)}`.trimEnd();
    })
    .join('\n');
}

/** `42 s`, `3 min`, `5 h 12 min`, `2 d 4 h`. @param ms milliseconds */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [minutes, hours, days] = [60, 3600, 86_400].map((unit) => Math.floor(seconds / unit)) as [
    number,
    number,
    number,
  ];
  if (minutes === 0) return `${seconds} s`;
  if (hours === 0) return `${minutes} min`;
  if (days === 0) return `${hours} h ${minutes % 60} min`;
  return `${days} d ${hours % 24} h`;
}
