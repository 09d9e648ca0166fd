import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';

const FOLDER = new URL('../../../build/screenshots/', import.meta.url).pathname;

/** A phone, a laptop and a wide screen, in pixels. */
const WIDTHS = [390, 1440, 2560] as const;

/** Pictures of a page for whoever looks at the tests' output: each width, dark and light. */
export async function takeScreenshots(page: Page, name: string): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const before = page.viewportSize()!;
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 1000 });
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.screenshot({ path: path.join(FOLDER, `${name}-${width}-${colorScheme}.png`) });
    }
  }
  await page.setViewportSize(before);
}
