import type { Context, Middleware, Next } from 'koa';
import { Readable, pipeline } from 'node:stream';
import { createBrotliCompress, createGzip, constants } from 'node:zlib';

import { EVENTS } from './route.ts';

/** Below this the headers are most of an answer. */
const LEAST = 1024;
/** What is pressed already grows by it; events would wait in a buffer. */
const COMPRESSIBLE = /^(text\/|application\/(json|javascript|manifest)|image\/svg)/;
/** Quick enough for a phone's page, and within a tenth of the best for text. */
const BROTLI_QUALITY = 5;

/**
 * Presses answers for who takes them so. They go through zlib's own threads, so that no stream waits for a list.
 *
 * Nothing secret lies beside what a stranger chooses in one answer (BREACH): those need a sign-in, whose cookie no
 * other site's page sends along.
 *
 * @param isLocal over the owner's Unix socket nothing travels
 */
export function compressAnswers(isLocal: (context: Context) => boolean): Middleware {
  return async (context: Context, next: Next) => {
    await next();
    const body: unknown = context.body;
    const { type } = context.response;
    if (context.method === 'HEAD' || body === null || body === undefined) return;
    if (!COMPRESSIBLE.test(type) || type === EVENTS || isLocal(context)) return;
    context.vary('Accept-Encoding');
    if (context.response.headers['content-encoding'] !== undefined) return;
    const source = readable(body);
    if (source === undefined) return;
    const encoding = context.acceptsEncodings('br', 'gzip', 'identity');
    if (encoding !== 'br' && encoding !== 'gzip') return;
    const press =
      encoding === 'br'
        ? createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } })
        : createGzip();
    context.body = press;
    context.set('Content-Encoding', encoding);
    context.remove('Content-Length');
    // A reader that went away ends the source too; there is nobody left to tell.
    pipeline(source, press, () => undefined);
  };
}

/** What Koa would send; undefined for what is too short. */
function readable(body: unknown): Readable | undefined {
  if (body instanceof Readable) return body;
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return bytes.length < LEAST ? undefined : Readable.from([bytes]);
}
