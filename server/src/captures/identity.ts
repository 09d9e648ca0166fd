import type { SessionView } from '../sessions/sessions.ts';
import type { RecordingIdentity } from './recording.ts';

/** What of the host every recording tells. */
export interface HostFacts {
  readonly name: string;
  readonly version: string;
  /** of the kernel, the drivers, the addon */
  readonly versions: Readonly<Record<string, string>>;
  /** what the owner set, where a stream may differ by it */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}

/** Whose stream it is, and what another one may differ in. */
export function streamIdentity(
  view: SessionView,
  { name, version, versions, settings }: HostFacts,
): RecordingIdentity {
  const { device, app, config, encoder, statistics, adaptation, source } = view;
  return {
    host: { name, version },
    device: { name: device.name.slice(0, 200), fingerprint: device.fingerprint },
    app: { id: app.id, title: app.title.slice(0, 200) },
    ...(source !== undefined && { source }),
    ...(encoder !== undefined && { encoder: encoder.slice(0, 400) }),
    ...(config && {
      video: {
        codec: config.video.codec,
        chroma: config.video.chroma,
        bitDepth: config.video.bitDepth,
        width: config.video.width,
        height: config.video.height,
        framesPerSecond: config.video.rate.numerator / config.video.rate.denominator,
        bitrateKbps: config.video.bitrateKbps,
        packetSize: config.video.packetSize,
        encrypted: config.video.sealed,
      },
      audio: {
        channels: config.audio.layout.channels,
        highQuality: config.audio.highQuality,
        packetDuration: config.audio.packetDuration,
        encrypted: config.audio.sealed,
      },
    }),
    ...(statistics && { sendMethod: statistics.sendMethod }),
    ...(adaptation && { adaptive: adaptation.on }),
    settings: { ...settings },
    versions: { ...versions },
  };
}
