import { send } from '@koa/send';
import type { Context } from 'koa';
import { realpath } from 'node:fs/promises';
import path from 'node:path';

import { ApiError } from './api-error.ts';

/** Vite puts what it names after its content here: it never changes. */
const ASSETS = '/assets/';
const YEAR_MS = 365 * 24 * 3_600_000;

/**
 * Serves one file of the built pages; a path that names no file is the single page's own, so it gets
 * `index.html`. Nothing outside the folder is served, through a link neither.
 *
 * @param root undefined: the host was built without pages
 */
export async function sendPage(context: Context, root: string | undefined): Promise<void> {
  if (root === undefined) {
    throw new ApiError('not-found', 'This build of Earthshine has no admin pages; its API works.');
  }
  const file = pathOf(context.path);
  if (file === undefined) throw notFound();
  const named = path.posix.extname(file) !== '';
  if (named && (await isInside(root, file))) {
    await send(context, file, {
      root,
      ...(file.startsWith(ASSETS) && { maxage: YEAR_MS, immutable: true }),
    });
    if (!file.startsWith(ASSETS)) context.set('Cache-Control', 'no-cache');
    if (context.body) return;
  }
  if (named) throw notFound();
  if (!(await isInside(root, '/index.html'))) {
    throw new ApiError('not-found', 'The admin pages are not built. Run scripts/build.');
  }
  await send(context, '/index.html', { root });
  context.set('Cache-Control', 'no-cache');
}

/** @returns undefined for a path that no page has */
function pathOf(encoded: string): string | undefined {
  try {
    const decoded = decodeURIComponent(encoded);
    const plain = path.posix.normalize(decoded) === decoded && !/[\0\\%]/.test(decoded);
    return plain && !decoded.split('/').some((part) => part.startsWith('.')) ? decoded : undefined;
  } catch {
    return undefined;
  }
}

async function isInside(root: string, file: string): Promise<boolean> {
  try {
    const folder = await realpath(root);
    const real = await realpath(path.join(folder, file));
    return real.startsWith(folder + path.sep);
  } catch {
    return false;
  }
}

function notFound(): ApiError {
  return new ApiError('not-found', 'There is no such page.');
}
