import * as z from 'zod';

import { VERDICT_CODES, VERDICT_SEVERITIES, VERDICT_STAGES } from './verdict/sentences.ts';
import type { SampleTable } from './sample-table.ts';
import type { StreamEvent } from '../sessions/stream-events.ts';

/** The version of recordings that is written, and the newest that is read. */
export const RECORDING_VERSION = 1;
export const RECORDING_FORMAT = 'earthshine-recording';

/** Rows that a capture keeps: three hours of seconds. */
export const MOST_SAMPLES = 3 * 3600;
/** The most that a recording may hold: what the ring keeps beside MOST_SAMPLES. */
export const MOST_ROWS = MOST_SAMPLES + 1024;
export const MOST_EVENTS = 5_000;
export const MOST_NAME = 80;
export const MOST_NOTE = 2_000;
const MOST_FINDINGS = 200;

/** `20261201-083000-0123abcd`: when it was made, to the thousandth, and chance. It is a file's name too. */
export const RECORDING_ID = /^\d{8}-\d{6}-[0-9a-f]{8}$/;

const words = (most: number) => z.string().max(most);
const whole = z.int().nonnegative();

export const verdictShape = z.object({
  severity: z.enum(VERDICT_SEVERITIES).meta({
    description: 'unknown: too little was seen; warning: a person may notice; bad: a person does',
  }),
  code: z.enum(VERDICT_CODES),
  stage: z.enum(VERDICT_STAGES).optional().meta({ description: 'absent: nothing is wrong' }),
  values: z
    .record(words(40), z.number())
    .meta({ description: 'the evidence; docs/2-use/verdict.md names the values of each code' }),
  sentence: words(400).meta({ description: 'the same in English' }),
  remedy: words(400).optional().meta({ description: 'what the owner can do' }),
});

export const findingShape = verdictShape.extend({
  from: z.number().meta({ description: 'milliseconds since the recording began' }),
  to: z.number(),
});

/** Whose stream it was, and all that a comparison may put a difference down to. */
export const identityShape = z.object({
  host: z.object({ name: words(200), version: words(80) }),
  device: z.object({ name: words(200), fingerprint: words(64) }),
  app: z.object({ id: words(80), title: words(200) }),
  source: words(80).optional().meta({ description: 'kind of the picture’s source' }),
  encoder: words(400).optional(),
  video: z
    .object({
      codec: words(20),
      chroma: words(20),
      bitDepth: whole,
      width: whole,
      height: whole,
      framesPerSecond: z.number().positive().max(1000),
      bitrateKbps: whole,
      packetSize: whole,
      encrypted: z.boolean(),
    })
    .optional(),
  audio: z
    .object({
      channels: whole,
      highQuality: z.boolean(),
      packetDuration: whole,
      encrypted: z.boolean(),
    })
    .optional(),
  sendMethod: words(20).optional().meta({ description: 'how packets left last' }),
  adaptive: z.boolean().optional(),
  settings: z.record(words(40), z.union([words(200), z.number(), z.boolean()])),
  versions: z
    .record(words(40), words(400))
    .meta({ description: 'of the kernel, the drivers and what else may matter' }),
});

export const headerShape = z.object({
  id: z.string().regex(RECORDING_ID),
  kind: z.enum(['capture', 'summary']).meta({
    description: 'summary: few points of a whole session, kept of each of the last ones',
  }),
  name: words(MOST_NAME),
  note: words(MOST_NOTE),
  pinned: z.boolean().meta({ description: 'never removed to make room' }),
  imported: z.boolean(),
  startedAt: z.number().meta({ description: 'of its first second, milliseconds since 1970' }),
  duration: z.number().nonnegative().meta({ description: 'milliseconds' }),
  samples: whole,
  truncated: z.boolean().meta({ description: 'its beginning is missing: it was too long' }),
  identity: identityShape,
  verdict: verdictShape,
  findings: z.array(findingShape).max(MOST_FINDINGS),
  figures: z
    .record(words(40), z.number())
    .meta({ description: 'medians over the seconds, for lists: newFrames, hostLatency, …' }),
});

export type RecordingIdentity = z.output<typeof identityShape>;
export type RecordingHeader = z.output<typeof headerShape>;

/** `at`: milliseconds since the recording began */
export type RecordedEvent = StreamEvent;

export interface Recording {
  readonly header: RecordingHeader;
  readonly table: SampleTable;
  readonly events: readonly RecordedEvent[];
}

/** A file that is no recording, or not whole; the sentence says which. */
export class DamagedRecording extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DamagedRecording';
  }
}

export const boundedFindings = <F>(findings: readonly F[]): F[] => findings.slice(0, MOST_FINDINGS);
