import * as z from 'zod';

import {
  headerShape,
  MOST_NAME,
  MOST_NOTE,
  RECORDING_ID,
  verdictShape,
} from '../../captures/recording.ts';
import { listEnd, listQuery } from '../list-query.ts';
import { version } from '../version.ts';
import { text } from './text.ts';

export const verdict = verdictShape.meta({
  id: 'Verdict',
  description: 'What is to be said of a stream, by the rules of docs/2-use/verdict.md',
});

/** What of a running session is kept at present. */
export const capture = z
  .object({
    session: z.int(),
    recordingSince: z.int().optional().meta({
      description: 'a recording is made from here on; absent: only the last hours are kept',
    }),
    samples: z.int().meta({ description: 'seconds that are kept' }),
    lost: z.int().meta({ description: 'seconds before them, that are kept no longer' }),
    next: z.int().meta({ description: 'the number that the next second gets' }),
    startedAt: z.int().meta({ description: 'of the first second; 0 before there is one' }),
    verdict,
  })
  .meta({ id: 'Capture' });

export const captures = z.object({ captures: z.array(capture) }).meta({ id: 'Captures' });

export const captureChange = z
  .strictObject({ recording: z.boolean() })
  .meta({ id: 'CaptureChange' });

const column = z.union([z.number(), z.null(), z.array(z.number().nullable())]).meta({
  description: 'one number stands for a column in which nothing changes; null: not measured',
});

export const captureSamples = z
  .object({
    next: z.int().meta({ description: 'where to go on' }),
    times: z.array(z.number()).meta({ description: 'milliseconds since the first second began' }),
    columns: z.record(z.string(), column),
    events: z
      .array(z.looseObject({ at: z.number(), kind: z.string() }))
      .meta({ description: 'as StreamEvent, `at` as in `times`' }),
  })
  .meta({ id: 'CaptureSamples', description: 'Columns are named in docs/2-use/captures.md' });

const listed = z.object({ id: z.string().regex(RECORDING_ID), bytes: z.int() });

export const recording = z
  .union([listed.extend({ header: headerShape, version }), listed.extend({ damage: z.string() })])
  .meta({ id: 'Recording', description: 'damage: why it cannot be read' });

export const recordings = z
  .object({
    recordings: z.array(recording).meta({ description: 'newest first' }),
    ...listEnd,
    bytes: z.int().meta({ description: 'what recordings take, without the summaries' }),
    budget: z
      .int()
      .meta({ description: 'what they may take; then the oldest go that are not pinned' }),
  })
  .meta({ id: 'Recordings' });

export const recordingChange = z
  .strictObject({
    name: text(MOST_NAME).optional(),
    note: z.string().max(MOST_NOTE).optional(),
    pinned: z.boolean().optional(),
    version: version.optional().meta({ description: 'of the recording as it was seen' }),
  })
  .meta({ id: 'RecordingChange' });

export const recordingQuery = listQuery.extend({
  kind: headerShape.shape.kind.optional(),
  device: z.string().max(64).optional().meta({ description: 'the fingerprint of one' }),
});

export const recordingWish = z
  .strictObject({ session: z.int().nonnegative() })
  .meta({ id: 'RecordingWish' });

/** A capture that ended, and the recording that was made of it. */
export const stoppedCapture = z
  .object({ capture, recording: recording.optional() })
  .meta({ id: 'StoppedCapture' });

export type StoppedCapture = z.output<typeof stoppedCapture>;
export type VerdictJson = z.output<typeof verdict>;
export type CaptureJson = z.output<typeof capture>;
export type CaptureSamplesJson = z.output<typeof captureSamples>;
export type RecordingJson = z.output<typeof recording>;
export type RecordingsJson = z.output<typeof recordings>;
export type RecordingHeaderJson = z.output<typeof headerShape>;
export type RecordingChange = z.input<typeof recordingChange>;
export type CaptureChange = z.input<typeof captureChange>;
export type RecordingWish = z.input<typeof recordingWish>;
