import type { VerdictSeverity } from '../../captures/verdict/sentences.ts';
import type { CountersJson, HostStatus } from './host-shapes.ts';
import type { SessionJson } from './session-shapes.ts';

/** Everything that metrics are made of, at one moment. */
export interface Measured {
  readonly status: HostStatus;
  readonly sessions: readonly SessionJson[];
  readonly counters: CountersJson;
}

/** absent: too little was seen, and nothing is said */
const GRADES: Partial<Record<VerdictSeverity, number>> = { good: 0, warning: 1, bad: 2 };

type Labels = Readonly<Record<string, string | number>>;
type Sample = readonly [labels: Labels, value: number | undefined];

/**
 * The host in the text format of Prometheus 0.0.4. Times are seconds and sizes bits or bytes, as its conventions want
 * them; what was not measured has no line.
 */
export function metricsText({ status, sessions, counters }: Measured): string {
  const of = (read: (session: SessionJson) => number | undefined): Sample[] =>
    sessions.map((session) => [sessionLabels(session), read(session)]);
  const seconds = (milliseconds: number | undefined) =>
    milliseconds === undefined ? undefined : milliseconds / 1000;
  const bits = (kilobits: number | undefined) =>
    kilobits === undefined ? undefined : kilobits * 1000;
  return [
    family('earthshine_info', 'gauge', 'Always 1; the label has the version.', [
      [{ version: status.version, name: status.name }, 1],
    ]),
    family('earthshine_start_time_seconds', 'gauge', 'When the host started.', [
      [{}, status.startedAt / 1000],
    ]),
    family('earthshine_sessions', 'gauge', 'Streams that run.', [[{}, sessions.length]]),
    family('earthshine_encoder_works', 'gauge', 'Whether an encoder works.', [
      ...status.encoders.map(({ name, works }): Sample => [{ encoder: name }, Number(works)]),
    ]),
    family('earthshine_loop_delay_seconds', 'gauge', 'Longest delay of a thread in a minute.', [
      ...(status.loops ?? []).map(({ thread, worst }): Sample => [{ thread }, worst / 1000]),
    ]),
    family('earthshine_session_frames_per_second', 'gauge', 'Frames sent, new and repeated.', [
      ...of(({ figures }) => figures.framesPerSecond),
    ]),
    family('earthshine_session_new_frames_per_second', 'gauge', 'New pictures sent.', [
      ...of(({ figures }) => figures.newFramesPerSecond),
    ]),
    family('earthshine_session_wanted_frames_per_second', 'gauge', 'What the client asks for.', [
      ...of(({ video }) => video?.framesPerSecond),
    ]),
    family('earthshine_session_video_bits_per_second', 'gauge', 'Video on the wire.', [
      ...of(({ figures }) => bits(figures.bitrateKbps)),
    ]),
    family('earthshine_session_target_bits_per_second', 'gauge', 'What adaptation allows.', [
      ...of(({ adaptation }) => bits(adaptation?.targetKbps)),
    ]),
    family(
      'earthshine_session_host_latency_seconds',
      'gauge',
      'From the change on the screen to the first packet, in the last second.',
      sessions.flatMap((session) => {
        const { hostLatency } = session.figures;
        return (['p50', 'p95', 'p99'] as const).map((rank): Sample => [
          { ...sessionLabels(session), quantile: `0.${rank.slice(1)}` },
          seconds(hostLatency?.[rank]),
        ]);
      }),
    ),
    family('earthshine_session_round_trip_seconds', 'gauge', 'Of the control stream.', [
      ...of(({ roundTripMs }) => seconds(roundTripMs)),
    ]),
    family('earthshine_session_loss_ratio', 'gauge', 'Share of packets that the client lost.', [
      ...of(({ client }) => (client ? client.lossPercentage / 100 : undefined)),
    ]),
    family('earthshine_session_media_restarts', 'gauge', 'Media processes that crashed.', [
      ...of(({ mediaRestarts }) => mediaRestarts),
    ]),
    family(
      'earthshine_session_verdict',
      'gauge',
      '0 good, 1 one may notice, 2 bad; the label says why.',
      [
        ...sessions.map((session): Sample => {
          const { verdict } = session;
          return [
            { ...sessionLabels(session), code: verdict?.code ?? '' },
            verdict && GRADES[verdict.severity],
          ];
        }),
      ],
    ),
    family(
      'earthshine_refused_total',
      'counter',
      'What each part refused, dropped or saw malformed.',
      [
        ...Object.entries(counters).flatMap(([part, named]) =>
          Object.entries(named).map(([reason, count]): Sample => [{ part, reason }, count]),
        ),
      ],
    ),
  ].join('');
}

function family(
  name: string,
  type: 'gauge' | 'counter',
  help: string,
  samples: readonly Sample[],
): string {
  const lines = samples
    .filter(([, value]) => value !== undefined && Number.isFinite(value))
    .map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`);
  if (lines.length === 0) return '';
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(String(value))}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

/** Names of devices and games are what people and clients chose. */
function escape(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}

function sessionLabels({ id, device, app }: SessionJson): Labels {
  return { session: id, device: device.name, app: app.title };
}
