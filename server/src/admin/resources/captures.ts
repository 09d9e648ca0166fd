import * as z from 'zod';

import { columnNamed } from '../../captures/columns.ts';
import type { CaptureView, Recorder } from '../../captures/recorder.ts';
import { compact } from '../../captures/recording-file.ts';
import type { Verdict } from '../../captures/verdict/verdict.ts';
import { ApiError } from '../api-error.ts';
import { API, route } from '../route.ts';
import type { Route } from '../route.ts';
import { recordingView } from './recordings.ts';
import {
  capture as captureShape,
  captureChange,
  captures as captureList,
  captureSamples,
  stoppedCapture,
} from './capture-shapes.ts';
import type { CaptureJson, VerdictJson } from './capture-shapes.ts';

/** Points of an answer: enough for each pixel of a wide screen. */
const MOST_POINTS = 3_600;

const sessionParams = z.object({ session: z.coerce.number().int().nonnegative() });
const samplesParams = sessionParams.extend({ from: z.coerce.number().int().nonnegative() });

/** What is captured of the streams that run. */
export function captureRoutes(recorder: Recorder): readonly Route[] {
  const known = (session: number): CaptureView => {
    const found = recorder.find(session);
    if (!found) throw new ApiError('not-found', 'No such session runs.');
    return found;
  };
  return [
    route({
      method: 'get',
      path: `${API}/captures`,
      access: 'admin',
      summary: 'What is captured of the streams that run, and what is to be said of each.',
      answer: captureList,
      handle: () => ({ captures: recorder.list().map(captureView) }),
    }),
    route({
      method: 'get',
      path: `${API}/captures/:session`,
      access: 'admin',
      summary: 'What is captured of one stream.',
      params: sessionParams,
      answer: captureShape,
      handle: ({ params }) => captureView(known(params.session)),
    }),
    route({
      method: 'put',
      path: `${API}/captures/:session`,
      access: 'admin',
      scope: 'control',
      summary: 'Begins a recording of a stream, or ends it; a stream that ends, ends it too.',
      params: sessionParams,
      body: captureChange,
      answer: stoppedCapture,
      handle: async ({ params: { session }, body }) => {
        known(session);
        if (body.recording) return { capture: captureView(recorder.start(session)) };
        const recording = await recorder.stop(session);
        return {
          capture: captureView(known(session)),
          ...(recording && { recording: recordingView(recording) }),
        };
      },
    }),
    route({
      method: 'get',
      path: `${API}/captures/:session/samples/:from`,
      access: 'admin',
      summary:
        'The seconds of a stream from a number on (0: all that are kept), in at most some thousand points, and what ' +
        'happened in them.',
      params: samplesParams,
      answer: captureSamples,
      handle: ({ params: { session, from } }) => {
        known(session);
        const { next, table } = recorder.samples(session, from, MOST_POINTS);
        const begin = table.times[0] ?? Infinity;
        const length = table.columns.get('interval')?.[0] ?? 0;
        return {
          next,
          times: Array.from(table.times, Math.round),
          columns: Object.fromEntries(
            [...table.columns].map(([name, values]) => [
              name,
              compact(values, columnNamed(name)!.column.decimals),
            ]),
          ),
          events:
            from === 0 ? recorder.events(session, -1) : recorder.events(session, begin - length),
        };
      },
    }),
  ];
}

export function captureView(view: CaptureView): CaptureJson {
  return { ...view, verdict: verdictView(view.verdict) };
}

export function verdictView(verdict: Verdict): VerdictJson {
  return { ...verdict, values: { ...verdict.values } };
}
