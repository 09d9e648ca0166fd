import type { AppJson } from '../admin/resources/app-shapes.ts';
import type { DeviceJson } from '../admin/resources/device-shapes.ts';
import type { CountersJson, StateJson } from '../admin/resources/host-shapes.ts';
import type { PairingJson } from '../admin/resources/pairing-shapes.ts';
import type { SessionJson } from '../admin/resources/session-shapes.ts';
import { urlHost } from '../network/address.ts';
import { duration, plain, sheet, table } from '../terminal/table.ts';

/** Colours of a terminal, or nothing. */
export interface Paint {
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly warn: (text: string) => string;
}

export const PLAIN: Paint = { dim: (text) => text, bold: (text) => text, warn: (text) => text };
export const COLOURED: Paint = {
  dim: (text) => `\u001b[2m${text}\u001b[22m`,
  bold: (text) => `\u001b[1m${text}\u001b[22m`,
  warn: (text) => `\u001b[33m${text}\u001b[39m`,
};

const SHOWN_PROBLEMS = 5;

export function presentStatus(state: StateJson, paint: Paint, now: number): string {
  const { status, sessions, pairing, devices } = state;
  const working = (part: { name: string; works: boolean; detail?: string | undefined }) =>
    part.works
      ? part.name + (part.detail ? ` (${part.detail})` : '')
      : `${part.name} does not work${part.detail ? `: ${part.detail}` : ''}`;
  const rows: [string, string][] = [];
  const add = (name: string, values: readonly string[]) => {
    for (const [index, value] of values.entries()) rows.push([index === 0 ? name : '', value]);
  };
  add(
    'Admin',
    status.addresses.map((address) => `https://${urlHost(address)}:${status.ports.admin}`),
  );
  add('Streaming', sessions.length === 0 ? ['nobody'] : sessions.map(sessionLine));
  const enabled = devices.filter((device) => device.enabled).length;
  add('Devices', [
    `${devices.length} paired` + (enabled < devices.length ? `, ${enabled} enabled` : ''),
  ]);
  if (!pairing.enabled) add('Pairing', ['switched off']);
  else if (pairing.requests.length > 0) {
    add('Pairing', [`${pairing.requests.length} waiting for a PIN: earthshine ctl pair list`]);
  }
  add(
    'Encoders',
    status.encoders.map(({ name, works, codecs, detail }) =>
      working({ name, works, detail: works ? codecs.join(', ') : detail }),
    ),
  );
  add('Pictures', status.sources.map(working));
  add('Input', status.input.map(working));
  const { sound } = status;
  add('Sound', [sound.works ? (sound.detail ?? 'works') : working({ name: 'sound', ...sound })]);
  const notices = status.notices.map(({ severity, message }) => {
    const line = `${severity}: ${plain(message)}`;
    return severity === 'info' ? line : paint.warn(line);
  });
  const ofSessions = sessions.flatMap((session) =>
    session.notices.map((message) =>
      paint.warn(`warning: ${plain(session.device.name)}: ${plain(message)}`),
    ),
  );
  return [
    `${paint.bold(plain(status.name))}  Earthshine ${plain(status.version)}, up ${duration(now - status.startedAt)}`,
    '',
    sheet(rows, paint.dim),
    ...(notices.length + ofSessions.length > 0 ? ['', ...notices, ...ofSessions] : []),
    ...(status.problems.length > 0 ? ['', presentProblems(status.problems, paint, now)] : []),
  ].join('\n');
}

export function presentCounters(counters: CountersJson, paint: Paint): string {
  const rows = Object.entries(counters).flatMap(([part, counted]) =>
    Object.entries(counted)
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([name, count]) => [part, name, String(count)]),
  );
  if (rows.length === 0) return 'Nothing was counted yet.';
  return table(['PART', 'WHAT', 'TIMES'], rows, paint.dim);
}

/** The newest first, under a heading; `--json` has them all. */
function presentProblems(
  problems: StateJson['status']['problems'],
  paint: Paint,
  now: number,
): string {
  const shown = problems
    .slice(0, SHOWN_PROBLEMS)
    .map(({ at, device, message, count }): [string, string] => [
      `${duration(now - at)} ago`,
      `${device === undefined ? '' : `${device}: `}${message}${count > 1 ? ` (${count} times)` : ''}`,
    ]);
  return `${paint.dim('Recent problems')}\n${sheet(shown, paint.dim)}`;
}

export function presentSessions(
  sessions: readonly SessionJson[],
  paint: Paint,
  now: number,
): string {
  if (sessions.length === 0) return 'Nobody streams.';
  const list = table(
    ['ID', 'DEVICE', 'APP', 'STATE', 'MODE', 'RATE', 'LOST', 'FEC', 'RTT', 'HOST LATENCY', 'FOR'],
    sessions.map((session) => [
      String(session.id),
      session.device.name,
      session.app.title,
      session.state,
      session.video ? mode(session.video) : '',
      session.figures.bitrateKbps === undefined ? '' : megabits(session.figures.bitrateKbps),
      session.client ? `${session.client.lossPercentage.toFixed(1)} %` : '',
      session.figures.fecPercentage === undefined ? '' : `${session.figures.fecPercentage} %`,
      session.roundTripMs === undefined ? '' : `${session.roundTripMs.toFixed(1)} ms`,
      session.figures.hostLatency ? `${session.figures.hostLatency.p50.toFixed(1)} ms` : '',
      duration(now - session.startedAt),
    ]),
    paint.dim,
  );
  const told = sessions.flatMap(({ id, notices }) =>
    notices.map((message) => paint.warn(`${id}: ${plain(message)}`)),
  );
  const adapted = sessions.flatMap(({ id, adaptation }) => {
    if (!adaptation || adaptation.targetKbps >= adaptation.configuredKbps) return [];
    const { targetKbps, configuredKbps, reason } = adaptation;
    const rates = `${megabits(targetKbps)} of the ${megabits(configuredKbps)} that were set`;
    return [paint.warn(`${id}: lowered to ${rates}${reason ? ` (${reason})` : ''}`)];
  });
  const below = [...told, ...adapted];
  return [list, ...(below.length > 0 ? ['', ...below] : [])].join('\n');
}

export function presentDevices(devices: readonly DeviceJson[], paint: Paint, now: number): string {
  if (devices.length === 0) {
    return 'No device is paired. Start pairing on a device, then: earthshine ctl pair list';
  }
  return table(
    ['ID', 'NAME', 'STATE', 'LAST SEEN', 'ADDRESS'],
    devices.map((device) => [
      device.fingerprint.slice(0, 12),
      device.name,
      device.sessions.length > 0 ? 'streaming' : device.enabled ? 'enabled' : 'disabled',
      device.lastSeenAt === undefined ? 'never' : `${duration(now - device.lastSeenAt)} ago`,
      device.lastAddress ?? '',
    ]),
    paint.dim,
  );
}

export function presentPairing(pairing: PairingJson, paint: Paint, now: number): string {
  if (!pairing.enabled) return 'Pairing is switched off.';
  if (pairing.requests.length === 0) return 'No device waits for a PIN.';
  const requests = table(
    ['REQUEST', 'DEVICE', 'ADDRESS', 'WORDS', 'TIME LEFT'],
    pairing.requests.map((request) => [
      request.id,
      request.suggestedName,
      request.address,
      request.words,
      duration(request.expiresAt - now),
    ]),
    paint.dim,
  );
  return `${requests}\n\nAnswer with the PIN that the device shows: earthshine ctl pair answer --pin 1234 --request ID`;
}

export function presentApps(apps: readonly AppJson[], paint: Paint): string {
  if (apps.length === 0) return 'There are no apps.';
  return table(
    ['ID', 'TITLE', 'STARTS'],
    apps.map((app) => [app.id, app.title, starts(app)]),
    paint.dim,
  );
}

const WITHOUT_COMMAND: Readonly<Record<AppJson['source'], string>> = {
  desktop: 'nothing: the desktop as it is',
  own: "nothing: a screen of the device's own",
  private: 'nothing: a private session',
  'private-gamescope': 'nothing: a private session (gamescope)',
  'private-kwin': 'nothing: a private session (KWin)',
  'private-sway': 'nothing: a private session (sway)',
  'private-x11': 'nothing: a private session (Xvfb)',
  'game-mode': 'nothing: Game Mode alone',
  'input-only': 'nothing: input without a picture',
  'test-pattern': 'the test pattern',
  'host-sleep': 'sleep of this PC, for devices that may',
  'host-switch': 'switch of Game Mode and desktop, for devices that may',
  'host-end-app': 'end of what runs, for devices that may',
};

/** behind what is started */
function where(source: AppJson['source']): string {
  if (source === 'own') return " (on a screen of the device's own)";
  return source.startsWith('private') ? ' (in a private session)' : '';
}

function starts(app: AppJson): string {
  if (app.command) {
    const line = app.command
      .map((word) => (app.shell || /^[^\s"']+$/.test(word) ? word : JSON.stringify(word)))
      .join(' ');
    const shown = line.length > 60 ? `${line.slice(0, 59)}…` : line;
    return `${shown}${where(app.source)}`;
  }
  return WITHOUT_COMMAND[app.source];
}

function sessionLine(session: SessionJson): string {
  const { figures, video } = session;
  const facts = [
    ...(video ? [mode(video)] : [session.state]),
    ...(figures.bitrateKbps === undefined ? [] : [megabits(figures.bitrateKbps)]),
    ...(figures.hostLatency ? [`${figures.hostLatency.p50.toFixed(1)} ms in the host`] : []),
  ];
  return `${session.device.name}: ${session.app.title}, ${facts.join(', ')}`;
}

function mode(video: NonNullable<SessionJson['video']>): string {
  return `${video.width}×${video.height} at ${video.framesPerSecond} fps`;
}

function megabits(kbps: number): string {
  return `${(kbps / 1000).toFixed(1)} Mbit/s`;
}
