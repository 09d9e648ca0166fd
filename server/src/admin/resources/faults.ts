import * as z from 'zod';

import type { ListedRecording, Recordings } from '../../captures/recordings.ts';
import type { Fault, Faults } from '../../store/problem-list.ts';
import { ApiError } from '../api-error.ts';
import { listPart } from '../list-query.ts';
import { API, route } from '../route.ts';
import type { Route } from '../route.ts';
import { allFaultsChange, faultChange, faultQuery, faults as faultsShape } from './fault-shapes.ts';
import type { FaultsJson } from './fault-shapes.ts';

/** A stream that fails is told of while it ends: its recording may be a little shorter than its fault is late. */
const AFTER_END_MS = 60_000;

/** What went wrong, over the host's starts. */
export function faultRoutes(parts: {
  readonly faults: Faults;
  readonly recordings: Recordings;
}): readonly Route[] {
  const { faults, recordings } = parts;
  const view = async (): Promise<FaultsJson> => {
    const recorded = await recordings.list();
    return {
      faults: faults.faults().map((fault) => {
        const recording = recordingOf(fault, recorded);
        return { ...fault, ...(recording !== undefined && { recording }) };
      }),
      starts: faults.starts().map((start) => ({ ...start })),
    };
  };
  return [
    route({
      method: 'get',
      path: `${API}/faults`,
      access: 'admin',
      summary: 'What went wrong lately, and when the host was started.',
      query: faultQuery,
      answer: faultsShape,
      handle: async ({ query }) => {
        const all = await view();
        const { rows, next } = listPart(
          all.faults.filter(
            ({ dismissed }) =>
              query.dismissed === undefined || String(dismissed) === query.dismissed,
          ),
          query,
          {
            id: ({ id }) => String(id),
            words: ({ message, device = '' }) => [message, device],
          },
        );
        return { ...all, faults: rows, ...(next !== undefined && { next }) };
      },
    }),
    route({
      method: 'patch',
      path: `${API}/faults`,
      access: 'admin',
      scope: 'control',
      summary: 'Dismisses all of them: the overview tells of them no more.',
      body: allFaultsChange,
      answer: faultsShape,
      handle: async () => {
        await faults.dismissAll();
        return view();
      },
    }),
    route({
      method: 'patch',
      path: `${API}/faults/:id`,
      access: 'admin',
      scope: 'control',
      summary: 'Dismisses one, or takes that back.',
      params: z.object({ id: z.coerce.number().int().positive() }),
      body: faultChange,
      answer: faultsShape,
      handle: async ({ params, body }) => {
        if (!(await faults.dismiss(params.id, body.dismissed))) {
          throw new ApiError('not-found', 'There is no such fault any more.', { reason: 'fault' });
        }
        return view();
      },
    }),
  ];
}

/** What tells most of it: seconds before a summary. */
function recordingOf(
  { at, device }: Fault,
  recorded: readonly ListedRecording[],
): string | undefined {
  if (device === undefined) return undefined;
  const covering = recorded.filter((one) => {
    if (!('header' in one) || one.header.identity.device.name !== device) return false;
    const { startedAt, duration } = one.header;
    return at >= startedAt && at <= startedAt + duration + AFTER_END_MS;
  });
  const best = covering.find((one) => 'header' in one && one.header.kind === 'capture');
  return (best ?? covering[0])?.id;
}
