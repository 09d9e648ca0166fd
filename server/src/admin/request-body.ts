import { bodyParser } from '@koa/bodyparser';
import type { Context } from 'koa';
import type { z } from 'zod';

import { MAX_ART_BYTES } from '../apps/art/png.ts';
import { LONGEST_FILE } from '../captures/recordings.ts';
import { ApiError } from './api-error.ts';
import { problemOf } from './resources/problems.ts';
import { LONG_JSON, PNG } from './route.ts';
import type { Route } from './route.ts';

/** The largest JSON body; an app with all its commands stays far below it. */
const MAX_JSON_BYTES = 64 * 1024;

const parseJson = bodyParser({
  enableTypes: ['json'],
  jsonLimit: MAX_JSON_BYTES,
  parsedMethods: ['POST', 'PUT', 'PATCH'],
  onError: (error) => {
    if ((error as { status?: number }).status === 413) throw tooLarge(MAX_JSON_BYTES);
    throw new ApiError('invalid-request', 'The body is no JSON object.');
  },
});

/**
 * Reads the body that a route takes; what it does not take is refused before it is read.
 *
 * @param limit milliseconds for one of JSON; its connection is closed then
 */
export async function readBody(context: Context, route: Route, limit: number): Promise<unknown> {
  if (route.body === undefined) return undefined;
  const type = route.body === PNG ? PNG : 'application/json';
  const encoding = context.get('content-encoding');
  if (!context.is(type) || (encoding !== '' && encoding !== 'identity')) {
    throw new ApiError('unsupported-body', `The body must be ${type}.`);
  }
  if (route.body === PNG) return readBytes(context, MAX_ART_BYTES);
  if (route.body === LONG_JSON) return (await readBytes(context, LONGEST_FILE)).toString();
  // It is a few bytes: who sends them one by one holds a place for nothing.
  const timer = setTimeout(() => context.req.destroy(), limit);
  try {
    await parseJson(context, async () => undefined);
  } finally {
    clearTimeout(timer);
  }
  return context.request.body;
}

/** @throws ApiError naming the key that does not fit, and why */
export function checkShape<T>(shape: z.ZodType<T>, value: unknown): T {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue!.path.join('.');
  const { reason, parameters, sentence } = problemOf(issue!);
  throw new ApiError(
    'invalid-request',
    field === '' ? `The request does not fit: ${sentence}.` : `"${field}": ${sentence}.`,
    { reason, parameters, ...(field !== '' && { field }) },
  );
}

async function readBytes(context: Context, limit: number): Promise<Buffer> {
  if ((context.request.length ?? 0) > limit) throw tooLarge(limit);
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of context.req as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > limit) throw tooLarge(limit);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function tooLarge(limit: number): ApiError {
  const kilobytes = limit / 1024;
  return new ApiError('body-too-large', `The body is larger than ${kilobytes} KiB.`, {
    parameters: { kilobytes },
  });
}
