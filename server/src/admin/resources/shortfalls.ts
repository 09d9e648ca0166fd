import * as z from 'zod';

import type { Apps } from '../../apps/apps.ts';
import type { Recorder } from '../../captures/recorder.ts';
import type { Recordings } from '../../captures/recordings.ts';
import { keptStream, liveStream } from '../../captures/shortfalls/last-stream.ts';
import { shortfalls } from '../../captures/shortfalls/shortfalls.ts';
import type { Devices } from '../../devices/devices.ts';
import type { EncoderProbe } from '../../native/media-addon.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import { ApiError } from '../api-error.ts';
import { API, route } from '../route.ts';
import type { Route } from '../route.ts';
import { fingerprint } from './device-shapes.ts';
import { shortfalls as shortfallsShape } from './shortfall-shapes.ts';

/** Why a device's stream is less than it may hope for. */
export function shortfallRoutes(parts: {
  readonly devices: Devices;
  readonly apps: Apps;
  readonly sessions: Sessions;
  readonly recorder: Recorder;
  readonly recordings: Recordings;
  readonly encoders: () => readonly EncoderProbe[];
}): readonly Route[] {
  const { devices, apps, sessions, recorder, recordings, encoders } = parts;
  return [
    route({
      method: 'get',
      path: `${API}/devices/:fingerprint/shortfalls`,
      access: 'admin',
      summary:
        'Why the stream of a device, or its last one, is not HDR, HEVC, AV1 or 4:4:4, or has fewer pictures than it asked for.',
      params: z.object({ fingerprint }),
      answer: shortfallsShape,
      handle: async ({ params }) => {
        const device = devices.find(params.fingerprint);
        if (!device) {
          throw new ApiError('not-found', 'No such device is paired.', { reason: 'device' });
        }
        const session = sessions
          .list()
          .find(({ device: { fingerprint } }) => fingerprint === params.fingerprint);
        const stream =
          (session && liveStream(session, recorder.verdict(session.id))) ??
          keptStream(await recordings.list(), params.fingerprint);
        if (!stream) return { shortfalls: [] };
        const { live, startedAt, app, encoder, video } = stream;
        return {
          stream: { live, startedAt, app, ...(encoder !== undefined && { encoder }), video },
          shortfalls: shortfalls(stream, {
            encoders: encoders(),
            deviceCodec: device.limits?.codec,
            appCodec: apps.byId(app.id)?.codec,
          }).map((one) => ({ ...one, values: { ...one.values } })),
        };
      },
    }),
  ];
}
