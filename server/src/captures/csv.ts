import { COLUMNS } from './columns.ts';
import type { Recording } from './recording.ts';

/** rows that are written at once */
const ROWS = 500;

/** A recording as a table of comma-separated values: a line of names, then one for each second; absent is empty. */
export async function* writeCsv({ table }: Pick<Recording, 'table'>): AsyncGenerator<string> {
  const columns = COLUMNS.flatMap(({ name, decimals }) => {
    const values = table.columns.get(name);
    return values ? [{ name, values, factor: 10 ** decimals }] : [];
  });
  yield `${['milliseconds', ...columns.map(({ name }) => name)].join(',')}\r\n`;
  for (let from = 0; from < table.times.length; from += ROWS) {
    const lines: string[] = [];
    for (let row = from; row < Math.min(from + ROWS, table.times.length); row += 1) {
      const cells = columns.map(({ values, factor }) =>
        Number.isNaN(values[row]!) ? '' : String(Math.round(values[row]! * factor) / factor),
      );
      lines.push(`${[Math.round(table.times[row]!), ...cells].join(',')}\r\n`);
    }
    yield lines.join('');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
