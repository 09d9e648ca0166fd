import * as z from 'zod';

import type { Recorder } from '../../captures/recorder.ts';
import { STATISTIC_NAMES, STATISTICS } from '../../native/statistics.ts';
import type { Percentiles } from '../../native/statistics.ts';
import type { Sessions, SessionView } from '../../sessions/sessions.ts';
import { ApiError } from '../api-error.ts';
import { API, route } from '../route.ts';
import type { Route } from '../route.ts';
import { verdictView } from './captures.ts';
import { sessions as sessionList } from './session-shapes.ts';
import type { SessionJson } from './session-shapes.ts';

/** Enough to see what led to what; each change of them travels to every open page. */
const EVENTS_TOLD = 16;

const sessionParams = z.object({ id: z.coerce.number().int().nonnegative() });

/** Who streams what. */
export function sessionRoutes(sessions: Sessions, recorder: Recorder): readonly Route[] {
  return [
    route({
      method: 'get',
      path: `${API}/sessions`,
      access: 'admin',
      summary: 'Who streams what, with the last second’s figures.',
      answer: sessionList,
      handle: () => ({ sessions: sessions.list().map((one) => sessionView(one, recorder)) }),
    }),
    route({
      method: 'delete',
      path: `${API}/sessions/:id`,
      access: 'admin',
      scope: 'control',
      summary: 'Ends one session.',
      params: sessionParams,
      handle: async ({ params }) => {
        if (!sessions.list().some((session) => session.id === params.id)) {
          throw new ApiError('not-found', 'No such session runs.', { reason: 'session' });
        }
        await sessions.end(params.id, 'owner');
      },
    }),
    route({
      method: 'delete',
      path: `${API}/sessions`,
      access: 'admin',
      scope: 'control',
      summary: 'Ends every session.',
      handle: () => sessions.endAll('owner'),
    }),
  ];
}

export function sessionView(session: SessionView, recorder: Recorder): SessionJson {
  const { config } = session;
  const capture = recorder.find(session.id);
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
    ...(session.source !== undefined && { source: session.source }),
    ...(capture && { verdict: verdictView(capture.verdict) }),
    ...(capture?.recordingSince !== undefined && { recordingSince: capture.recordingSince }),
    // Of one clock for all sessions, and told as times of day.
    events: session.events
      .slice(-EVENTS_TOLD)
      .map((event) => ({ ...event, at: Math.round(performance.timeOrigin + event.at) })),
    adjustments: [...(config?.adjustments ?? [])],
    notices: [...session.notices],
  };
}

function figures({ statistics }: SessionView): SessionJson['figures'] {
  if (!statistics || statistics.interval <= 0) return {};
  const perSecond = (count: number) => rounded((count * 1000) / statistics.interval, 1);
  const measured = STATISTIC_NAMES.map((name) => {
    const figure = statistics[name];
    return [name, STATISTICS[name].kind === 'spread' ? latency(figure as Percentiles) : figure];
  });
  return {
    framesPerSecond: perSecond(statistics.framesNew + statistics.framesRepeated),
    newFramesPerSecond: perSecond(statistics.framesNew),
    // Bytes per millisecond times eight are kilobits per second.
    bitrateKbps: Math.round((statistics.videoBytes * 8) / statistics.interval),
    ...(Object.fromEntries(measured.filter(([, figure]) => figure !== undefined)) as Partial<
      SessionJson['figures']
    >),
  };
}

/** @returns milliseconds; undefined when nothing was measured */
function latency(figure: Percentiles | undefined) {
  if (!figure || figure.count === 0) return undefined;
  return {
    mean: rounded(figure.mean / 1000, 3),
    p50: rounded(figure.p50 / 1000, 3),
    p95: rounded(figure.p95 / 1000, 3),
    p99: rounded(figure.p99 / 1000, 3),
    max: rounded(figure.max / 1000, 3),
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
