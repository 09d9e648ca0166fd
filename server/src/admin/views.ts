import type { App, Apps } from '../apps/apps.ts';
import type { Device, Devices, PairingDesk } from '../devices/devices.ts';
import { eachPermission } from '../devices/permissions.ts';
import type { Percentiles } from '../native/statistics.ts';
import type { Sessions, SessionView } from '../sessions/sessions.ts';
import type {
  AppJson,
  DeviceJson,
  HostStatus,
  PairingJson,
  SessionJson,
  StateJson,
} from './schemas.ts';

/** The parts of the host as JSON, without certificates and keys. */
export function hostState(parts: {
  readonly status: () => HostStatus;
  readonly sessions: Sessions;
  readonly devices: Devices;
  readonly desk: PairingDesk;
  readonly apps: Apps;
}): StateJson {
  const live = parts.sessions.list();
  return {
    status: parts.status(),
    sessions: live.map(sessionView),
    devices: parts.devices.list().map((device) => deviceView(device, live)),
    pairing: pairingView(parts.desk),
    apps: parts.apps.list().map(appView),
  };
}

export function deviceView(device: Device, live: readonly SessionView[]): DeviceJson {
  return {
    fingerprint: device.fingerprint,
    name: device.name,
    enabled: device.enabled,
    ...eachPermission((name) => device[name]),
    pairedAt: device.pairedAt,
    ...(device.lastSeenAt !== undefined && { lastSeenAt: device.lastSeenAt }),
    ...(device.lastAddress !== undefined && { lastAddress: device.lastAddress }),
    sessions: live
      .filter((session) => session.device.fingerprint === device.fingerprint)
      .map((session) => session.id),
  };
}

export function pairingView(desk: PairingDesk): PairingJson {
  return {
    enabled: desk.enabled,
    requests: desk.waiting().map((request) => ({
      id: request.id,
      address: request.address,
      suggestedName: request.suggestedName,
      fingerprint: request.fingerprint,
      words: request.words,
      startedAt: request.startedAt,
      expiresAt: request.expiresAt,
    })),
  };
}

export function appView(app: App): AppJson {
  return {
    id: app.id,
    gameId: app.gameId,
    title: app.title,
    source: app.source,
    ...(app.command && { command: [...app.command] }),
    shell: app.shell,
    ...(app.workingDirectory !== undefined && { workingDirectory: app.workingDirectory }),
    environment: { ...app.environment },
    preparation: app.preparation.map(({ run, undo }) => ({
      run: [...run],
      ...(undo && { undo: [...undo] }),
    })),
    endWithCommand: app.endWithCommand,
    position: app.position,
    hasArt: app.hasArt,
    artUrl: `/api/v1/apps/${app.id}/art?v=${app.gameId}`,
  };
}

export function sessionView(session: SessionView): SessionJson {
  const { config } = session;
  return {
    id: session.id,
    state: session.state,
    device: { fingerprint: session.device.fingerprint, name: session.device.name },
    app: { id: session.app.id, title: session.app.title },
    address: session.address,
    startedAt: session.startedAt,
    ...(session.encoder !== undefined && { encoder: session.encoder }),
    ...(config && {
      video: {
        codec: config.video.codec,
        chroma: config.video.chroma,
        bitDepth: config.video.bitDepth,
        width: config.video.width,
        height: config.video.height,
        framesPerSecond: rounded(config.video.rate.numerator / config.video.rate.denominator, 3),
        bitrateKbps: config.video.bitrateKbps,
        encrypted: config.video.sealed,
      },
      audio: {
        channels: config.audio.layout.channels,
        highQuality: config.audio.highQuality,
        packetDuration: config.audio.packetDuration,
        encrypted: config.audio.sealed,
      },
    }),
    figures: figures(session),
    ...(session.client && {
      client: { ...session.client, lossPercentage: rounded(session.client.lossPercentage, 2) },
    }),
    ...(session.adaptation && { adaptation: { ...session.adaptation } }),
    ...(session.roundTrip !== undefined && { roundTripMs: session.roundTrip }),
    mediaRestarts: session.mediaRestarts,
    adjustments: [...(config?.adjustments ?? [])],
    notices: [...session.notices],
  };
}

function figures({ statistics }: SessionView): SessionJson['figures'] {
  if (!statistics || statistics.interval <= 0) return {};
  const perSecond = (count: number) => rounded((count * 1000) / statistics.interval, 1);
  return {
    framesPerSecond: perSecond(statistics.framesNew + statistics.framesRepeated),
    newFramesPerSecond: perSecond(statistics.framesNew),
    droppedFrames: statistics.framesDropped,
    overwrittenFrames: statistics.framesOverwritten,
    // Bytes per millisecond times eight are kilobits per second.
    bitrateKbps: Math.round((statistics.videoBytes * 8) / statistics.interval),
    encoderKbps: statistics.bitrateKbps,
    fecPercentage: statistics.fecPercentage,
    keyframes: statistics.keyframes,
    keyframesMerged: statistics.keyframesMerged,
    invalidations: statistics.invalidations,
    ...latency('hostLatency', statistics.hostLatency),
    ...latency('capture', statistics.capture),
    ...latency('convert', statistics.convert),
    ...latency('encode', statistics.encode),
    ...latency('packetize', statistics.packetize),
    ...latency('send', statistics.send),
    ...latency('spread', statistics.spread),
    packets: statistics.videoPackets,
    sendDrops: statistics.sendDrops,
    sendErrors: statistics.sendErrors,
    injectedDrops: statistics.injectedDrops,
    sendMethod: statistics.sendMethod,
    ...(statistics.sendBuffer !== undefined && { sendBuffer: statistics.sendBuffer }),
    ...(statistics.sendBufferAsked !== undefined && {
      sendBufferAsked: statistics.sendBufferAsked,
    }),
    encodeViewers: statistics.encodeViewers,
    threads: { ...statistics.threads },
  };
}

function latency<K extends string>(name: K, figure: Percentiles | undefined) {
  if (!figure || figure.count === 0) return {};
  const milliseconds = {
    p50: rounded(figure.p50 / 1000, 3),
    p99: rounded(figure.p99 / 1000, 3),
    max: rounded(figure.max / 1000, 3),
  };
  return { [name]: milliseconds } as Record<K, typeof milliseconds>;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
