// Checks that no folder of native/src includes one that stands beside or above it. The order stands in
// docs/architecture.md: the lines of the block that begins with ```native-order, lowest first.
//
//   node scripts/include-order.ts
import { globSync, readFileSync } from 'node:fs';

/** Folder → its line's number, from the text of the document. */
export function readOrder(document: string): Map<string, number> {
  const block = /^```native-order\n(.*?)^```$/ms.exec(document);
  if (!block) throw new Error('docs/architecture.md has no block ```native-order');
  const lines = block[1]!.trim().split('\n');
  return new Map(
    lines.flatMap((line, at) =>
      line
        .trim()
        .split(/\s+/)
        .map((name) => [name, at]),
    ),
  );
}

/** Sentences, one per include of `text` (a file of `folder`) that points upward. */
export function upwardIncludes(
  order: Map<string, number>,
  folder: string,
  file: string,
  text: string,
): string[] {
  const level = order.get(folder);
  if (level === undefined) return [`${file}: the folder ${folder} has no place in the order`];
  const found: string[] = [];
  for (const match of text.matchAll(/^#include "([^"/]+)\/([^"]+)"/gm)) {
    const included = match[1]!;
    const rest = match[2]!;
    if (included === folder) continue;
    const below = order.get(included);
    if (below === undefined) {
      found.push(`${file} includes ${included}/${rest}, a folder that has no place in the order`);
    } else if (below >= level) {
      found.push(`${file} includes ${included}/${rest}, which stands beside or above ${folder}`);
    }
  }
  return found;
}

if (import.meta.main) {
  const order = readOrder(readFileSync('docs/architecture.md', 'utf8'));
  const wrong = globSync('native/src/*/**/*.{h,cc,inl}').flatMap((file) =>
    upwardIncludes(order, file.split('/')[2]!, file, readFileSync(file, 'utf8')),
  );
  for (const sentence of wrong) console.error(sentence);
  process.exitCode = wrong.length > 0 ? 1 : 0;
}
