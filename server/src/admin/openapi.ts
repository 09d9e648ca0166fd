import * as z from 'zod';
import { createDocument } from 'zod-openapi';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';

import { apiErrorStatuses } from './api-error.ts';
import { API, EVENTS, FILE, LONG_JSON, METRICS, PAGES, PNG, scopeOf, WEBP } from './route.ts';
import type { Access, Route } from './route.ts';
import { apiError } from './resources/host-shapes.ts';

const WHO: Readonly<Record<Access, string>> = {
  open: 'Open to the local network.',
  admin: 'Needs a sign-in, a token, or the owner’s Unix socket.',
  password:
    'Needs a sign-in and the password again, or a token; the owner’s Unix socket needs neither.',
  owner: 'Only on the owner’s Unix socket.',
};

/** The API's routes as an OpenAPI 3.1 document, made from the table that serves them. */
export function openApiDocument(
  routes: readonly Route[],
  version: string,
): Record<string, unknown> {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    if (route.answer === PAGES) continue;
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Earthshine admin',
      version,
      description: 'Times are milliseconds since 1970. What was not measured is absent, never 0.',
      license: { name: 'GPL-3.0-or-later', identifier: 'GPL-3.0-or-later' },
    },
    paths,
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: '__Host-earthshine' },
        token: { type: 'http', scheme: 'bearer' },
      },
    },
  }) as unknown as Record<string, unknown>;
}

function operation(route: Route): ZodOpenApiOperationObject {
  const codes = apiErrorStatuses()
    .map(([code, status]) => `${code} (${status})`)
    .join(', ');
  return {
    operationId: operationId(route),
    summary: route.summary,
    description: WHO[route.access],
    security: security(route),
    ...((route.params ?? route.query) && {
      requestParams: {
        ...(route.params && { path: route.params }),
        ...(route.query && { query: route.query }),
      },
    }),
    ...(route.body && { requestBody: { required: true, content: content(route.body) } }),
    responses: {
      ...(route.answer
        ? { [route.status ?? 200]: { description: 'Done.', content: content(route.answer) } }
        : { 204: { description: 'Done.' } }),
      default: {
        description: `An error: ${codes}.`,
        content: { 'application/json': { schema: apiError } },
      },
    },
  };
}

/** OpenAPI 3.1 lets a scheme of any kind name what is needed of it. */
function security(route: Route): Record<string, string[]>[] {
  if (route.access === 'open' || route.access === 'owner') return [];
  const scope = scopeOf(route);
  return [{ session: [] }, ...(scope === false ? [] : [{ token: [scope] }])];
}

function content(shape: NonNullable<Route['body'] | Route['answer']>) {
  if (shape === PNG || shape === WEBP || shape === FILE) {
    return { [shape]: { schema: { type: 'string' as const, format: 'binary' } } };
  }
  if (shape === METRICS) return { 'text/plain': { schema: z.string() } };
  if (shape === LONG_JSON) return { 'application/json': { schema: { type: 'object' as const } } };
  if (typeof shape === 'string') return { [EVENTS]: { schema: z.string() } };
  return { 'application/json': { schema: shape } };
}

/** `PUT /api/v1/apps/:id/art` is `putAppsIdArt`. */
function operationId(route: Route): string {
  const words = route.path.replace(`${API}/`, '').split(/[^a-z0-9]+/i);
  const capitalised = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return route.method + capitalised.join('');
}
