import type { Context } from 'koa';
import { Readable } from 'node:stream';
import * as z from 'zod';

import { writeCsv } from '../../captures/csv.ts';
import type { Recorder } from '../../captures/recorder.ts';
import { RECORDING_ID } from '../../captures/recording.ts';
import type { RecordingHeader } from '../../captures/recording.ts';
import type { ListedRecording, Recordings } from '../../captures/recordings.ts';
import { ApiError } from '../api-error.ts';
import { listPart } from '../list-query.ts';
import { API, FILE, LONG_JSON, route } from '../route.ts';
import type { Route } from '../route.ts';
import { requireCurrent, versionOf } from '../version.ts';
import {
  recording as recordingShape,
  recordingChange,
  recordingQuery,
  recordings as recordingList,
  recordingWish,
} from './capture-shapes.ts';
import type { RecordingJson } from './capture-shapes.ts';

const params = z.object({ id: z.string().regex(RECORDING_ID) });

/** What was captured, in files. */
export function recordingRoutes(recordings: Recordings, recorder: Recorder): readonly Route[] {
  const known = async (id: string): Promise<ListedRecording> => {
    const found = await recordings.find(id);
    if (!found) throw new ApiError('not-found', 'There is no such recording.');
    return found;
  };
  return [
    route({
      method: 'get',
      path: `${API}/recordings`,
      access: 'admin',
      summary: 'The recordings and the summaries of the last sessions, newest first.',
      query: recordingQuery,
      answer: recordingList,
      handle: async ({ query }) => {
        const listed = await recordings.list();
        const counted = listed.filter((one) => !('header' in one) || one.header.kind === 'capture');
        const wanted = listed.filter((one) => isOf(one, query));
        const { rows, next } = listPart(wanted, query, {
          id: ({ id }) => id,
          words: (one) =>
            'header' in one
              ? [one.header.name, one.header.note, one.header.identity.device.name]
              : [one.damage],
        });
        return {
          recordings: rows.map(recordingView),
          ...(next !== undefined && { next }),
          bytes: counted.reduce((sum, { bytes }) => sum + bytes, 0),
          budget: recordings.budget,
        };
      },
    }),
    route({
      method: 'post',
      path: `${API}/recordings`,
      access: 'admin',
      scope: 'control',
      summary: 'Keeps what is captured of a stream that runs, its last hours, as a recording.',
      body: recordingWish,
      answer: recordingShape,
      status: 201,
      handle: async ({ body }) => {
        const made = await recorder.save(body.session);
        if (!made) throw new ApiError('conflict', 'Nothing of this stream was captured yet.');
        return recordingView(made);
      },
    }),
    route({
      method: 'post',
      path: `${API}/recordings/import`,
      access: 'admin',
      scope: 'control',
      summary: 'Takes in a recording of this or another host: the file as it was downloaded.',
      body: LONG_JSON,
      answer: recordingShape,
      status: 201,
      handle: async ({ body }) => recordingView(await recordings.import(body)),
    }),
    route({
      method: 'get',
      path: `${API}/recordings/:id`,
      access: 'admin',
      summary: 'What a recording is of; its seconds are in its file.',
      params,
      answer: recordingShape,
      handle: async ({ params: { id } }) => recordingView(await known(id)),
    }),
    route({
      method: 'get',
      path: `${API}/recordings/:id/json`,
      access: 'admin',
      summary:
        'The file of a recording, as docs/2-use/captures.md describes it; a damaged one as it is.',
      params,
      answer: FILE,
      handle: async ({ params: { id }, context }) => {
        await known(id);
        const handle = await recordings.open(id);
        attach(context, `earthshine-${id}.json`, 'application/json');
        context.length = (await handle.stat()).size;
        context.body = handle.createReadStream();
      },
    }),
    route({
      method: 'get',
      path: `${API}/recordings/:id/csv`,
      access: 'admin',
      summary: 'A recording as a table: a line of names, then one for each second.',
      params,
      answer: FILE,
      handle: async ({ params: { id }, context }) => {
        const recording = await recordings.read(id);
        attach(context, `earthshine-${id}.csv`, 'text/csv; charset=utf-8');
        context.body = Readable.from(writeCsv(recording), { objectMode: false });
      },
    }),
    route({
      method: 'patch',
      path: `${API}/recordings/:id`,
      access: 'admin',
      scope: 'control',
      summary: 'Renames a recording, writes a note to it, pins it or lets it go.',
      params,
      body: recordingChange,
      answer: recordingShape,
      handle: async ({ params: { id }, body }) => {
        const { name, note, pinned, version } = body;
        const seen = await known(id);
        if ('header' in seen) {
          requireCurrent(version, changeable(seen.header), {
            only: Object.keys({
              ...(name !== undefined && { name }),
              ...(note !== undefined && { note }),
              ...(pinned !== undefined && { pinned }),
            }),
          });
        }
        return recordingView(
          await recordings.change(id, {
            ...(name !== undefined && { name }),
            ...(note !== undefined && { note }),
            ...(pinned !== undefined && { pinned }),
          }),
        );
      },
    }),
    route({
      method: 'delete',
      path: `${API}/recordings/:id`,
      access: 'admin',
      scope: 'control',
      summary: 'Removes a recording, a damaged one too.',
      params,
      handle: async ({ params: { id } }) => recordings.remove(id),
    }),
  ];
}

function attach(context: Context, name: string, type: string): void {
  context.attachment(name);
  context.type = type;
}

/** What of it a change may name. */
function changeable({ name, note, pinned }: RecordingHeader): Readonly<Record<string, unknown>> {
  return { name, note, pinned };
}

/** A damaged one is nobody's. */
function isOf(
  one: ListedRecording,
  { kind, device }: { readonly kind?: string | undefined; readonly device?: string | undefined },
): boolean {
  if (kind === undefined && device === undefined) return true;
  if (!('header' in one)) return false;
  const { header } = one;
  return (
    (kind === undefined || header.kind === kind) &&
    (device === undefined || header.identity.device.fingerprint === device)
  );
}

export function recordingView(listed: ListedRecording): RecordingJson {
  return 'header' in listed
    ? { ...listed, version: versionOf(changeable(listed.header)) }
    : { ...listed };
}
