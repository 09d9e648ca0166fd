/** A request's path and its parameters, decoded. */
export interface Target {
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
}

/** A request line carries a PEM certificate in hex, 2–3 kB; 16 kB are accepted (protocol 1 §2.1). */
export const MAX_TARGET_LENGTH = 16_384;
const MAX_PARAMETERS = 64;
const MAX_NAME_LENGTH = 64;

/**
 * Splits the target of a request line. Names are case sensitive; of a repeated one the first counts; unknown
 * ones are kept, for forks add their own.
 *
 * @returns undefined when it is too long, has too many parameters, or is not decodable
 */
export function parseTarget(target: string): Target | undefined {
  if (target.length > MAX_TARGET_LENGTH || !target.startsWith('/')) return undefined;
  const mark = target.indexOf('?');
  const path = decode(mark < 0 ? target : target.slice(0, mark));
  if (path === undefined) return undefined;
  const query = new Map<string, string>();
  const pairs = mark < 0 ? [] : target.slice(mark + 1).split('&');
  if (pairs.length > MAX_PARAMETERS) return undefined;
  for (const pair of pairs) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1).replaceAll('+', ' '));
    if (name === undefined || value === undefined) return undefined;
    if (name === '' || name.length > MAX_NAME_LENGTH) return undefined;
    if (!query.has(name)) query.set(name, value);
  }
  return { path, query };
}

function decode(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text);
    // Nothing that is asked for has control characters in it.
    // eslint-disable-next-line no-control-regex
    return /[\u0000-\u001f\u007f]/.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}
