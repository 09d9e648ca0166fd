import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Nothing that keeps somebody from using the page: axe's rules of WCAG 2.2 AA, whatever it calls serious or critical. */
export async function expectAccessible(page: Page): Promise<void> {
  // Through the debugger: the page's own policy lets no script in.
  await page.evaluate(AXE);
  const violations: Violation[] = await page.evaluate(
    `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then(({ violations }) => violations)`,
  );
  const grave = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
  expect(
    grave.map(({ id, nodes }) => [
      id,
      nodes.map(({ html, failureSummary }) => [html, failureSummary]),
    ]),
  ).toEqual([]);
}
