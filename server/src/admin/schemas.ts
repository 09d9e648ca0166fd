import * as z from 'zod';

import { PERMISSIONS, PERMISSION_NAMES, eachPermission } from '../devices/permissions.ts';

/**
 * Every shape that crosses the admin API, once: requests are checked against these, the OpenAPI document and
 * the web client's types are made from them. Times are milliseconds since 1970 unless a name says otherwise;
 * a figure that was not measured is absent, never 0.
 */

const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, 'must not hold control characters');

export const fingerprint = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({
    id: 'Fingerprint',
    description: 'SHA-256 of the client certificate’s DER, lower-case hex',
  });

export const appId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
  .meta({ id: 'AppId' });

const deviceName = text(64);

/** A password as somebody types it; its length is bounded so that hashing it is. */
export const password = z.string().min(1).max(256);

export const newPassword = z
  .string()
  .min(8, 'must have at least 8 characters')
  .max(256, 'must have at most 256 characters')
  .meta({ description: '8 to 256 characters' });

// --- sessions

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

// --- devices and pairing

export const device = z
  .object({
    fingerprint,
    name: z.string(),
    enabled: z.boolean(),
    ...eachPermission((name) => z.boolean().meta({ description: PERMISSIONS[name].effect })),
    pairedAt: z.int(),
    lastSeenAt: z.int().optional(),
    lastAddress: z.string().optional(),
    sessions: z.array(z.int()).meta({ description: 'ids of its live sessions' }),
  })
  .meta({ id: 'Device' });

export const devices = z.object({ devices: z.array(device) }).meta({ id: 'Devices' });

export const deviceChange = z
  .strictObject({
    name: deviceName.optional(),
    enabled: z.boolean().optional(),
    ...eachPermission(() => z.boolean().optional()),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), {
    message: `one of name, enabled, ${PERMISSION_NAMES.join(', ')} is needed`,
  })
  .meta({ id: 'DeviceChange' });

const pairingRequest = z
  .object({
    id: z.string().meta({ description: '16 hex digits' }),
    address: z.string(),
    suggestedName: z.string(),
    fingerprint,
    words: z.string().meta({ description: 'four words that tell two requests apart' }),
    startedAt: z.int(),
    expiresAt: z.int(),
  })
  .meta({ id: 'PairingRequest' });

export const pairing = z
  .object({
    pairing: z.object({
      enabled: z.boolean().meta({ description: 'false: new devices are turned away' }),
      requests: z.array(pairingRequest),
    }),
  })
  .meta({ id: 'Pairing' });

export const pairingAnswer = z
  .strictObject({
    pin: z.string().regex(/^[0-9]{4}$/, 'must be four digits'),
    request: z
      .string()
      .regex(/^[0-9a-f]{16}$/)
      .optional()
      .meta({ description: 'may be left out only while exactly one waits' }),
    name: deviceName.optional(),
  })
  .meta({ id: 'PairingAnswer' });

export const pairingOutcome = z
  .object({
    result: z.enum(['paired', 'wrong-pin', 'expired', 'refused']),
    device: device.optional().meta({ description: 'with `paired`' }),
  })
  .meta({ id: 'PairingOutcome' });

export const pairingSwitch = z.strictObject({ enabled: z.boolean() }).meta({ id: 'PairingSwitch' });

// --- apps

const argument = z
  .string()
  .max(4096)
  .regex(/^[^\0]*$/, 'must not hold NUL');
const commandLine = z
  .array(argument)
  .min(1)
  .max(256)
  .refine((words) => words[0] !== '', { message: 'the program’s name is empty' });

const appInput = z
  .strictObject({
    title: text(128),
    source: z.enum(['desktop', 'test-pattern']).default('desktop'),
    command: commandLine
      .optional()
      .meta({ description: 'argument vector; absent: nothing is started' }),
    shell: z
      .boolean()
      .default(false)
      .meta({ description: 'run `command`, then of length 1, through /bin/sh -c' }),
    workingDirectory: z
      .string()
      .max(4096)
      .regex(/^\/[^\0]*$/, 'must be an absolute path')
      .optional(),
    environment: z
      .record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'is no name of a variable'),
        argument,
      )
      .default({})
      .refine((variables) => Object.keys(variables).length <= 128, { message: 'at most 128' }),
    preparation: z
      .array(z.strictObject({ run: commandLine, undo: commandLine.optional() }))
      .max(32)
      .default([]),
    endWithCommand: z.boolean().default(true).meta({
      description:
        'the stream ends with the command, unless it ended within 5 s with status 0 (a launcher)',
    }),
  })
  .refine((app) => !app.shell || app.command?.length === 1, {
    message: 'with a shell the command is one line',
    path: ['command'],
  })
  .meta({ id: 'AppInput' });

export const app = z
  .object({
    id: appId,
    gameId: z.int().meta({ description: 'changes with title and art' }),
    title: z.string(),
    source: z.enum(['desktop', 'test-pattern']),
    command: z.array(z.string()).optional(),
    shell: z.boolean(),
    workingDirectory: z.string().optional(),
    environment: z.record(z.string(), z.string()),
    preparation: z.array(
      z.object({ run: z.array(z.string()), undo: z.array(z.string()).optional() }),
    ),
    endWithCommand: z.boolean(),
    position: z.int(),
    hasArt: z.boolean().meta({ description: 'art was uploaded; else a generated one is served' }),
    artUrl: z.string().meta({ description: 'PNG; changes whenever the picture does' }),
  })
  .meta({ id: 'App' });

export const apps = z.object({ apps: z.array(app) }).meta({ id: 'Apps' });

export const appEdit = z
  .strictObject({ app: appInput, password: password.optional() })
  .meta({ id: 'AppEdit' });

export const appOrder = z
  .strictObject({ ids: z.array(appId).max(1000) })
  .meta({ id: 'AppOrder', description: 'every app’s id once, first one first' });

// --- the owner's account

export const signIn = z
  .object({
    setUp: z.boolean().meta({ description: 'false: the first-run secret has to set a password' }),
    signedIn: z.boolean(),
    name: z.string().meta({ description: 'the host’s name' }),
  })
  .meta({ id: 'SignIn' });

export const setup = z
  .strictObject({ secret: z.string().min(1).max(64), password: newPassword })
  .meta({ id: 'Setup' });

export const login = z.strictObject({ password }).meta({ id: 'Login' });

export const passwordChange = z
  .strictObject({ password: password.optional(), newPassword })
  .meta({ id: 'PasswordChange' });

export const ownerPassword = z.strictObject({ newPassword }).meta({ id: 'OwnerPassword' });

// --- the host

const part = z.object({
  name: z.string(),
  works: z.boolean(),
  detail: z.string().optional().meta({ description: 'what it is, or why it does not work' }),
});

const hostStatus = z
  .object({
    version: z.string(),
    name: z.string(),
    startedAt: z.int(),
    addresses: z.array(z.string()).meta({ description: 'where clients reach this host' }),
    ports: z.object({
      admin: z.int(),
      http: z.int(),
      https: z.int(),
      rtsp: z.int(),
      video: z.int(),
      control: z.int(),
      audio: z.int(),
    }),
    encoders: z.array(part.extend({ codecs: z.array(z.string()) })),
    sources: z.array(part).meta({ description: 'what can be streamed' }),
    input: z.array(part).meta({ description: 'back ends for keyboard, mouse and controllers' }),
    sound: z.object({ works: z.boolean(), detail: z.string().optional() }),
    loops: z
      .array(
        z.object({
          thread: z.enum(['main', 'control']),
          worst: z
            .int()
            .meta({ description: 'longest delay of its event loop in the last minute, ms' }),
          stalls: z.int().meta({ description: 'stretches of 10 s with a delay over 500 ms' }),
        }),
      )
      .optional()
      .meta({ description: "how long the host's own threads kept others waiting" }),
    notices: z.array(
      z.object({ severity: z.enum(['info', 'warning', 'error']), message: z.string() }),
    ),
    problems: z
      .array(
        z.object({
          at: z.int(),
          device: z.string().optional().meta({ description: 'its name, where it concerns one' }),
          message: z.string(),
          count: z.int().meta({ description: 'times in a row; `at` is the last' }),
        }),
      )
      .meta({ description: 'what went wrong lately, newest first; kept over restarts' }),
  })
  .meta({ id: 'HostStatus' });

export const status = z.object({ status: hostStatus }).meta({ id: 'Status' });

export const state = z
  .object({
    status: hostStatus,
    sessions: z.array(session),
    devices: z.array(device),
    pairing: pairing.shape.pairing,
    apps: z.array(app),
  })
  .meta({ id: 'State' });

export const apiError = z
  .object({ error: z.object({ code: z.string(), message: z.string() }) })
  .meta({ id: 'Error' });

export type AppInput = z.output<typeof appInput>;
export type AppJson = z.output<typeof app>;
export type DeviceJson = z.output<typeof device>;
export type PairingJson = z.output<typeof pairing>['pairing'];
export type SessionJson = z.output<typeof session>;
export type StateJson = z.output<typeof state>;
/** What the host says about itself; the host composes it, the admin shows it. */
export type HostStatus = z.output<typeof hostStatus>;
