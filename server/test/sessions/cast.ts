import crypto from 'node:crypto';

import type { App } from '../../src/apps/apps.ts';
import type { Device } from '../../src/devices/devices.ts';
import { DEFAULT_PERMISSIONS } from '../../src/devices/permissions.ts';
import type { LaunchRequest } from '../../src/gamestream/launches.ts';
import { parseAnnounce } from '../../src/gamestream/rtsp/announce.ts';
import { negotiate } from '../../src/gamestream/rtsp/negotiation.ts';
import type { NegotiationLimits } from '../../src/gamestream/rtsp/negotiation.ts';
import type { StreamConfig } from '../../src/gamestream/stream-config.ts';
import type { HdrMetadata } from '../../src/native/hdr-metadata.ts';
import type { SourceArea } from '../../src/native/media-addon.ts';

/** Who streams and what: the devices, the apps, what they ask for. */

/** Something that waits until it is resolved. */
export function gate(): PromiseWithResolvers<void> {
  return Promise.withResolvers();
}

function app(id: string, gameId: number, title: string, source: App['source']): App {
  return {
    id,
    gameId,
    title,
    source,
    shell: false,
    environment: {},
    preparation: [],
    endsWith: 'processes',
    position: 0,
    hasArt: false,
  };
}

export const DESKTOP = app('desktop', 11, 'Desktop', 'desktop');
export const PATTERN = app('test-pattern', 22, 'Test pattern', 'test-pattern');
/** nothing but a screen of the device's own */
export const SECOND = app('second-screen', 44, 'Second screen', 'own');
export const GAME = app('game', 33, 'Game', 'desktop');

export function device(letter: string, name = `device ${letter}`): Device {
  return {
    fingerprint: letter.repeat(64),
    name,
    certificatePem: '',
    enabled: true,
    ...DEFAULT_PERMISSIONS,
    pairedAt: 0,
  };
}

export const TV = device('a', 'TV');
export const PHONE = device('b', 'Phone');
export const TABLET = device('c', 'Tablet');

export function request(of: Device, changes: Partial<LaunchRequest> = {}): LaunchRequest {
  return {
    device: of,
    width: 1920,
    height: 1080,
    fps: 60,
    key: crypto.randomBytes(16),
    keyId: 0xfffffff0,
    channels: 2,
    playOnHost: false,
    hdr: false,
    encryptedRtsp: true,
    gamepads: 1,
    keepGamepads: false,
    remoteAddress: of === TV ? '192.0.2.7' : '192.0.2.8',
    localAddress: '192.0.2.1',
    ...changes,
  };
}

export function config(
  attributes: Record<string, string | number> = {},
  limits: Partial<NegotiationLimits> = {},
): StreamConfig {
  const lines = Object.entries({
    'x-ml-general.featureFlags': 3,
    'x-ss-general.encryptionEnabled': 7,
    'x-nv-video[0].clientViewportWd': 1280,
    'x-nv-video[0].clientViewportHt': 720,
    'x-nv-video[0].maxFPS': 60,
    'x-ml-video.configuredBitrateKbps': 10_000,
    ...attributes,
  }).map(([name, value]) => `a=${name}:${value} \r\n`);
  return negotiate(parseAnnounce(lines.join('')), {
    codecModes: 0x40001,
    channels: 2,
    hostHeader: '0.0.0.0',
    ...limits,
  });
}

/** of a display whose pictures are HDR for who asks */
export const LIGHT = {
  primaries: [35_400, 14_600, 8500, 39_850, 6550, 2300],
  whitePoint: [15_635, 16_450],
  maxLuminance: 1000,
  minLuminance: 1,
  maxContentLight: 900,
  maxFrameAverageLight: 300,
  maxFullFrameLuminance: 400,
} as const satisfies HdrMetadata;

/** the screen that is streamed, one of two */
export const AREA: SourceArea = {
  x: 10,
  y: 20,
  width: 2560,
  height: 1440,
  desktopWidth: 4490,
  desktopHeight: 1460,
};
