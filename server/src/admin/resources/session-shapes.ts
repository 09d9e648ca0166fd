import * as z from 'zod';

import {
  SEND_METHODS,
  STATISTICS,
  STREAM_THREADS,
  THREAD_CLASSES,
} from '../../native/statistics.ts';
import type { StatisticKind, StatisticName } from '../../native/statistics.ts';
import { FIX_KINDS } from '../../captures/fixes/fix.ts';
import { SESSION_STATES } from '../../sessions/session-state.ts';
import { verdict } from './capture-shapes.ts';
import { fingerprint } from './device-shapes.ts';

export const latency = z
  .object({
    mean: z.number(),
    p50: z.number(),
    p95: z.number(),
    p99: z.number(),
    max: z.number(),
  })
  .meta({ id: 'Latency', description: 'milliseconds' });

const figures = {
  spread: () => latency.optional(),
  number: () => z.number().optional(),
  level: () => z.number().optional(),
  later: () => z.number().optional(),
  average: () => z.number().optional(),
  text: () => z.string().optional(),
  sendMethod: () => z.enum(SEND_METHODS).optional(),
  threads: () => z.record(z.enum(STREAM_THREADS), z.enum(THREAD_CLASSES)).optional(),
} satisfies Record<StatisticKind, () => z.ZodType>;

/** What the pipeline measured, by its own names. */
const measured = Object.fromEntries(
  Object.entries(STATISTICS).map(([name, { kind, says }]) => [
    name,
    figures[kind]().meta({ description: says }),
  ]),
) as { [Name in StatisticName]: ReturnType<(typeof figures)[(typeof STATISTICS)[Name]['kind']]> };

export const sessionFigures = z
  .object({
    framesPerSecond: z.number().optional().meta({ description: 'sent, new and repeated' }),
    newFramesPerSecond: z.number().optional(),
    bitrateKbps: z.number().optional().meta({ description: 'video on the wire, parity included' }),
    ...measured,
  })
  .meta({ id: 'SessionFigures', description: 'The last second; what was not measured is absent' });

const clientReport = z
  .object({
    lossPercentage: z.number().meta({ description: 'estimated share of the packets' }),
    damagedBlocks: z.int().optional().meta({ description: 'absent: the client does not tell' }),
    recoveredBlocks: z.int().optional().meta({ description: 'whole again by parity' }),
    recoveredFrames: z
      .int()
      .optional()
      .meta({ description: 'lost packets, and were shown whole by parity' }),
    recoveredPackets: z.int().optional(),
    framesLost: z.int().meta({ description: 'not shown, as far as its requests tell' }),
    keyframeRequests: z.int(),
    invalidationRequests: z.int(),
  })
  .meta({ id: 'ClientReport', description: 'The last second as the client tells of it' });

const adaptation = z
  .object({
    on: z.boolean().meta({ description: 'false: switched off for this device' }),
    targetKbps: z.int().meta({ description: 'for everything on the wire, at present' }),
    configuredKbps: z.int().meta({ description: 'at most: as the client’s user set it, or a fix' }),
    fecPercentage: z.int(),
    reason: z.string().optional().meta({ description: 'of the last change' }),
  })
  .meta({ id: 'Adaptation', description: 'How the stream follows what the client tells' });

const event = <Kind extends string, Shape extends z.ZodRawShape>(kind: Kind, shape: Shape) =>
  z.object({ at: z.int(), kind: z.literal(kind), ...shape });

/** As sessions/stream-events.ts has them. */
const streamEvent = z
  .discriminatedUnion('kind', [
    event('state', { state: z.enum(SESSION_STATES) }),
    event('keyframe-requested', {}),
    event('invalidation-requested', { first: z.int(), last: z.int() }),
    event('loss-reported', { packets: z.int(), lastGoodFrame: z.int() }),
    event('adapted', {
      bitrateKbps: z.number().optional(),
      fecPercentage: z.number().optional(),
      sendMethod: z.string().optional(),
      reason: z.string(),
    }),
    event('media-restarted', { reason: z.string() }),
    event('address', { plane: z.enum(['video', 'audio']), address: z.string(), port: z.int() }),
    event('mode', { width: z.int(), height: z.int() }),
    event('permission', { name: z.string(), allowed: z.boolean() }),
    event('notice', { part: z.string(), message: z.string().optional() }),
    event('fault', { message: z.string() }),
  ])
  .meta({ id: 'StreamEvent' });

const fix = {
  kind: z.enum(FIX_KINDS),
  from: z.number().meta({ description: 'kbit/s on the wire, or per cent of parity' }),
  to: z.number(),
};

export const sessionFix = z
  .object({
    offered: z.object(fix).optional().meta({ description: 'what one click would change' }),
    applied: z
      .object({
        ...fix,
        state: z
          .enum(['checking', 'kept', 'rolled-back', 'undone'])
          .meta({ description: 'rolled-back: it made things worse' }),
        secondsLeft: z.int().optional().meta({ description: 'of its check' }),
      })
      .optional(),
  })
  .meta({ id: 'SessionFix', description: 'docs/2-use/verdict.md says which there are' });

export const session = z
  .object({
    id: z.int(),
    state: z.enum(SESSION_STATES),
    device: z.object({ fingerprint, name: z.string() }),
    app: z.object({ id: z.string(), title: z.string() }),
    address: z.string(),
    startedAt: z.int(),
    encoder: z.string().optional(),
    video: z
      .object({
        codec: z.enum(['h264', 'hevc', 'av1']),
        chroma: z.enum(['4:2:0', '4:4:4']),
        bitDepth: z.union([z.literal(8), z.literal(10)]),
        width: z.int(),
        height: z.int(),
        framesPerSecond: z.number(),
        bitrateKbps: z.int().meta({ description: 'what the client’s user set' }),
        encrypted: z.boolean(),
      })
      .optional(),
    audio: z
      .object({
        channels: z.int(),
        highQuality: z.boolean(),
        packetDuration: z.union([z.literal(5), z.literal(10)]),
        encrypted: z.boolean(),
      })
      .optional(),
    figures: sessionFigures,
    client: clientReport.optional(),
    adaptation: adaptation.optional(),
    roundTripMs: z.number().optional(),
    mediaRestarts: z.int(),
    source: z.string().optional().meta({ description: 'kind of the picture’s source' }),
    verdict: verdict.optional(),
    fix: sessionFix.optional(),
    recordingSince: z
      .int()
      .optional()
      .meta({ description: 'a recording is made of it from here on' }),
    events: z.array(streamEvent).meta({ description: 'what happened lately, the oldest first' }),
    adjustments: z
      .array(z.string())
      .meta({ description: 'wishes of the client that were answered with something else' }),
    notices: z.array(z.string()),
  })
  .meta({ id: 'Session' });

export const sessions = z.object({ sessions: z.array(session) }).meta({ id: 'Sessions' });

export type SessionJson = z.output<typeof session>;
