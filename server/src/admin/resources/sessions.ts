import * as z from 'zod';

import type { GuardedFixes } from '../../captures/fixes/guarded-fixes.ts';
import type { Recorder } from '../../captures/recorder.ts';
import { STATISTIC_NAMES, STATISTICS } from '../../native/statistics.ts';
import type { Percentiles } from '../../native/statistics.ts';
import type { Sessions, SessionView } from '../../sessions/sessions.ts';
import { ApiError } from '../api-error.ts';
import { API, route } from '../route.ts';
import type { Route } from '../route.ts';
import { verdictView } from './captures.ts';
import { session as sessionShape, sessions as sessionList } from './session-shapes.ts';
import type { SessionJson } from './session-shapes.ts';

/** Enough to see what led to what; each change of them travels to every open page. */
const EVENTS_TOLD = 16;

const sessionParams = z.object({ id: z.coerce.number().int().nonnegative() });

/** Who streams what. */
export function sessionRoutes(parts: SessionParts): readonly Route[] {
  const { sessions, fixes } = parts;
  const known = (id: number): SessionView => {
    const found = sessions.list().find((session) => session.id === id);
    if (!found) throw new ApiError('not-found', 'No such session runs.', { reason: 'session' });
    return found;
  };
  return [
    route({
      method: 'get',
      path: `${API}/sessions`,
      access: 'admin',
      summary: 'Who streams what, with the last second’s figures.',
      answer: sessionList,
      handle: () => ({ sessions: sessions.list().map((one) => sessionView(one, parts)) }),
    }),
    route({
      method: 'delete',
      path: `${API}/sessions/:id`,
      access: 'admin',
      scope: 'control',
      summary: 'Ends one session.',
      params: sessionParams,
      handle: async ({ params }) => {
        known(params.id);
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
    route({
      method: 'post',
      path: `${API}/sessions/:id/fix`,
      access: 'admin',
      scope: 'control',
      summary:
        'Applies the fix that is offered. It is checked for a minute and taken back by itself when it made things worse.',
      params: sessionParams,
      answer: sessionShape,
      handle: ({ params: { id } }) => {
        known(id);
        if (!fixes.apply(id)) {
          throw new ApiError('conflict', 'Nothing can be fixed in this stream just now.', {
            reason: 'no-fix',
          });
        }
        return sessionView(known(id), parts);
      },
    }),
    route({
      method: 'delete',
      path: `${API}/sessions/:id/fix`,
      access: 'admin',
      scope: 'control',
      summary: 'Takes the fix of a stream back.',
      params: sessionParams,
      answer: sessionShape,
      handle: ({ params: { id } }) => {
        known(id);
        if (!fixes.undo(id)) {
          throw new ApiError('conflict', 'No fix is in force in this stream.', {
            reason: 'fix-over',
          });
        }
        return sessionView(known(id), parts);
      },
    }),
  ];
}

/** What a session is shown from. */
export interface SessionParts {
  readonly sessions: Sessions;
  readonly recorder: Recorder;
  readonly fixes: GuardedFixes;
}

export function sessionView(
  session: SessionView,
  { recorder, fixes }: Omit<SessionParts, 'sessions'>,
): SessionJson {
  const { config } = session;
  const offered = fixes.offered(session);
  const applied = fixes.applied(session.id);
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
    ...((offered ?? applied) && {
      fix: { ...(offered && { offered }), ...(applied && { applied }) },
    }),
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
