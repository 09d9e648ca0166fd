import * as z from 'zod';

import { fingerprint } from './device-shapes.ts';

export const latency = z
  .object({
    p50: z.number(),
    p99: z.number(),
    max: z.number(),
  })
  .meta({ id: 'Latency', description: 'milliseconds' });

const threadClass = z.enum(['realtime', 'nice', 'normal']);

const sessionFigures = z
  .object({
    framesPerSecond: z.number().optional().meta({ description: 'sent, new and repeated' }),
    newFramesPerSecond: z.number().optional(),
    droppedFrames: z.number().optional().meta({ description: 'encoded, but not sent' }),
    overwrittenFrames: z
      .number()
      .optional()
      .meta({ description: 'captured, but a newer picture came before the encoder had time' }),
    bitrateKbps: z.number().optional().meta({ description: 'video on the wire, parity included' }),
    encoderKbps: z.number().optional().meta({ description: 'the encoder’s target' }),
    fecPercentage: z.number().optional().meta({ description: 'parity beside the data packets' }),
    keyframes: z.number().optional(),
    keyframesMerged: z
      .number()
      .optional()
      .meta({ description: 'requests that a keyframe on its way answered already' }),
    invalidations: z.number().optional().meta({ description: 'losses healed without a keyframe' }),
    hostLatency: latency.optional().meta({ description: 'change on the screen → first packet' }),
    capture: latency.optional(),
    convert: latency.optional(),
    encode: latency.optional(),
    packetize: latency.optional(),
    send: latency.optional(),
    spread: latency
      .optional()
      .meta({ description: 'first packet of a frame → last, pauses included' }),
    packets: z.number().optional().meta({ description: 'video packets' }),
    sendDrops: z.number().optional().meta({ description: 'packets that found no room' }),
    sendErrors: z.number().optional(),
    injectedDrops: z.number().optional().meta({ description: 'packets dropped on purpose' }),
    sendMethod: z.enum(['gso', 'sendmmsg', 'send', 'none']).optional(),
    sendBuffer: z
      .number()
      .optional()
      .meta({ description: 'bytes for packets that wait to leave, as the kernel granted them' }),
    sendBufferAsked: z.number().optional().meta({ description: 'bytes that were asked for' }),
    encodeViewers: z
      .number()
      .optional()
      .meta({ description: 'streams that share this encoder, this one included' }),
    threads: z
      .object({
        capture: threadClass,
        encode: threadClass,
        send: threadClass,
        audio: threadClass,
      })
      .optional()
      .meta({ description: 'what the system granted them' }),
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
    configuredKbps: z.int().meta({ description: 'as the client’s user set it' }),
    fecPercentage: z.int(),
    reason: z.string().optional().meta({ description: 'of the last change' }),
  })
  .meta({ id: 'Adaptation', description: 'How the stream follows what the client tells' });

export const session = z
  .object({
    id: z.int(),
    state: z.enum(['launching', 'handshake', 'starting', 'streaming', 'paused', 'ended']),
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
    adjustments: z
      .array(z.string())
      .meta({ description: 'wishes of the client that were answered with something else' }),
    notices: z.array(z.string()),
  })
  .meta({ id: 'Session' });

export const sessions = z.object({ sessions: z.array(session) }).meta({ id: 'Sessions' });

export type SessionJson = z.output<typeof session>;
