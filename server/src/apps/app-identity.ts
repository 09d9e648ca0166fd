import { createHash } from 'node:crypto';

const MAX_ID_LENGTH = 64;

/**
 * The id that clients know an app by: 1…2147483647 (protocol 1 §2.8), from what they show of it. The same app
 * with the same title and art has the same id on every start; another title or picture gives another id,
 * because clients cache box art by id for ever.
 *
 * @param art the picture's name; undefined: the generated one
 * @param taken ids that belong to other apps
 */
export function makeGameId(
  id: string,
  title: string,
  art: string | undefined,
  taken: (gameId: number) => boolean,
): number {
  for (let salt = 0; ; salt++) {
    const hash = createHash('sha256').update(JSON.stringify([id, title, art ?? null, salt]));
    const gameId = hash.digest().readUInt32BE(0) & 0x7fffffff;
    if (gameId !== 0 && !taken(gameId)) return gameId;
  }
}

/**
 * An internal id in the letters that ids have, as close to the title as they allow; numbered when it is taken.
 */
export function makeAppId(title: string, taken: (id: string) => boolean): string {
  const plain = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, MAX_ID_LENGTH)
    .replace(/-+$/, '');
  const stem = plain === '' ? 'app' : plain;
  if (!taken(stem)) return stem;
  for (let number = 2; ; number++) {
    const suffix = `-${number}`;
    const id = stem.slice(0, MAX_ID_LENGTH - suffix.length) + suffix;
    if (!taken(id)) return id;
  }
}
