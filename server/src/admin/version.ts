import * as z from 'zod';

import { ApiError } from './api-error.ts';

/** What somebody had before their eyes when they began to change a thing; says of each field whether it is still so. */
export const version = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,400}$/)
  .meta({
    id: 'Version',
    description: 'of what was seen; when it is not so any more, a change is refused with 409',
  });

const DIGEST_BYTES = 4;

type Fields = Readonly<Record<string, unknown>>;

/** @param fields what can be changed, by its name; undefined is a value too */
export function versionOf(fields: Fields): string {
  return Buffer.concat(digests(fields).map(([, digest]) => digest)).toString('base64url');
}

/**
 * Refuses to write over what somebody else changed in between.
 *
 * @param seen absent: the caller does not care
 * @param only those that are about to be changed; absent: all of them
 * @throws ApiError `conflict` that names what changed
 */
export function requireCurrent(
  seen: string | undefined,
  fields: Fields,
  { path, only }: { readonly path?: string; readonly only?: readonly string[] } = {},
): void {
  if (seen === undefined) return;
  const changed = changedSince(seen, fields).filter((name) => !only || only.includes(name));
  if (changed.length === 0) return;
  const paths = changed.map((name) => (path === undefined ? name : `${path}.${name}`));
  throw new ApiError(
    'conflict',
    `It was changed meanwhile: ${changed.join(', ')}. Look at it again, and repeat the change.`,
    { reason: 'stale', parameters: { changed: paths.join(' ') } },
  );
}

function changedSince(seen: string, fields: Fields): string[] {
  const now = digests(fields);
  const then = Buffer.from(seen, 'base64url');
  // From a host of another build, which has other fields: nothing can be said of any.
  if (then.length !== now.length * DIGEST_BYTES) return now.map(([name]) => name);
  return now
    .filter(
      ([, digest], at) => !digest.equals(then.subarray(at * DIGEST_BYTES, (at + 1) * DIGEST_BYTES)),
    )
    .map(([name]) => name);
}

function digests(fields: Fields): (readonly [name: string, digest: Buffer])[] {
  return Object.keys(fields)
    .toSorted()
    .map((name) => {
      const written = JSON.stringify(fields[name]) ?? 'undefined';
      const digest = Buffer.alloc(DIGEST_BYTES);
      digest.writeUInt32BE(fnv1a(written));
      return [name, digest] as const;
    });
}

/**
 * FNV-1a over UTF-16 units. It guards against mistakes, not against an enemy, and is cheap enough for every app and
 * device once a second.
 */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
