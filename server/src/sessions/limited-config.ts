import type { DeviceLimits } from '../devices/limits.ts';
import type { StreamConfig } from '../gamestream/stream-config.ts';

/** A negotiated stream within what its device's owner allows; what was taken away is told. */
export function withinLimits(config: StreamConfig, limits: DeviceLimits | undefined): StreamConfig {
  const cap = limits?.bitrateKbps;
  if (cap === undefined || config.video.bitrateKbps <= cap) return config;
  return {
    ...config,
    video: { ...config.video, bitrateKbps: cap },
    adjustments: [
      ...config.adjustments,
      `${Math.round(config.video.bitrateKbps / 1000)} Mbit/s were asked for; this device is limited to ${cap / 1000}.`,
    ],
  };
}
