import type { LogBook } from '../../telemetry/log-book.ts';
import { API, route } from '../route.ts';
import type { Route } from '../route.ts';
import { logLines, logQuery } from './log-shapes.ts';

/** The host's own log, as far back as it is kept in memory. */
export function logRoutes(book: LogBook): readonly Route[] {
  return [
    route({
      method: 'get',
      path: `${API}/log`,
      access: 'admin',
      summary: 'The last lines of the log; keys, PINs and passwords are never in it.',
      query: logQuery,
      answer: logLines,
      handle: ({ query }) => ({
        lines: book.lines(query).map((line) => ({ ...line, details: { ...line.details } })),
      }),
    }),
  ];
}
