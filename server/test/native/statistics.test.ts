import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sessionFigures } from '../../src/admin/resources/session-shapes.ts';
import { STATISTIC_NAMES, STATISTICS } from '../../src/native/statistics.ts';

const SOURCES = path.join(import.meta.dirname, '../../../native/src');

/** The names that the pipeline's `each` functions list, wherever their structures stand. */
function listedNatively(): string[] {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.h'))
    .flatMap((file) => [
      ...readFileSync(path.join(SOURCES, file), 'utf8').matchAll(/\bvisit\(\s*"(\w+)"/g),
    ])
    .map(([, name]) => name!);
}

describe('statistics', () => {
  it('are the same in the pipeline, in script and in the API', () => {
    const names = listedNatively();
    expect(new Set(names).size).toBe(names.length);
    expect(names.sort()).toEqual([...STATISTIC_NAMES].sort());
    expect(Object.keys(sessionFigures.shape)).toEqual(expect.arrayContaining(names));
  });

  it('say what they are', () => {
    for (const name of STATISTIC_NAMES) expect(STATISTICS[name].says).toMatch(/^\S.+[^.\s]$/);
  });
});
