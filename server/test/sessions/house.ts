import pino from 'pino';

import type { Device } from '../../src/devices/devices.ts';
import type { ControlPlane } from '../../src/gamestream/control/control-plane.ts';
import type { Handshake, LaunchRefused } from '../../src/gamestream/launches.ts';
import { LikelyEncoders } from '../../src/sessions/likely-encoders.ts';
import { SessionDirectory } from '../../src/sessions/session-directory.ts';
import type { SessionParts } from '../../src/sessions/session-parts.ts';
import type { Problem } from '../../src/store/problem-list.ts';
import { config, DESKTOP, GAME, PATTERN, TV } from './cast.ts';
import {
  RecordedControl,
  RecordedDevices,
  RecordedDisplays,
  RecordedPictures,
  RecordedRunner,
} from './recorders.ts';

/** A directory with recorders around it. */
export function house(changes: Partial<SessionParts> = {}) {
  const control = new RecordedControl();
  const pictures = new RecordedPictures();
  const displays = new RecordedDisplays();
  const runner = new RecordedRunner();
  const devices = new RecordedDevices();
  const keys = new Set<string>();
  const problems: Pick<Problem, 'device' | 'message'>[] = [];
  const apps = new Map([DESKTOP, PATTERN, GAME].map((one) => [one.id, one]));
  const sessions = new SessionDirectory({
    log: pino({ level: 'silent' }),
    control: control as ControlPlane,
    runner,
    apps: { byId: (id) => apps.get(id) },
    devices,
    keys: {
      isFresh: (key) => !keys.has(Buffer.from(key).toString('hex')),
      use: (key) =>
        keys.size === keys.add(Buffer.from(key).toString('hex')).size
          ? undefined
          : Promise.resolve(),
    },
    problems: { report: (problem) => void problems.push(problem) },
    pictures,
    displays,
    ports: { rtsp: 48010 },
    encodersKnown: async () => {},
    codecModes: () => 0x40001,
    invalidation: () => true,
    encoder: () => 'x264',
    slowerThanAsked: () => undefined,
    likelyEncoders: new LikelyEncoders(),
    fecPercentage: () => 20,
    sending: () => ({ method: 'auto', pacing: 'smooth', linkKbps: 800_000 }),
    ...changes,
  });
  const handshake = (of: Device): Handshake =>
    sessions
      .handshakes(of === TV ? '192.0.2.7' : '192.0.2.8')
      .find((one) => one.fingerprint === of.fingerprint)!;
  /** RTSP to PLAY, control connection, first frames */
  const stream = async (of: Device, attributes?: Record<string, string | number>) => {
    const record = handshake(of);
    record.announce(config(attributes));
    record.play();
    control.emit('connected', record.launch, record.remoteAddress);
    const viewer = pictures.viewers.at(-1)!;
    viewer.listener.viewing();
    // What becomes of the sound is known some turns later, where no test holds it up.
    if (!displays.sound.settles) await displays.sound.settled;
    await Promise.resolve();
    return { number: record.launch, viewer };
  };
  const state = (of: Device): string | undefined =>
    sessions.list().find((one) => one.device.fingerprint === of.fingerprint)?.state;
  return {
    control,
    problems,
    pictures,
    displays,
    sound: displays.sound,
    runner,
    devices,
    apps,
    sessions,
    handshake,
    stream,
    state,
  };
}

/** Why a launch was refused. Rejects when it was not. */
export const refusal = async (launch: Promise<string>): Promise<LaunchRefused> =>
  launch.then(
    () => {
      throw new Error('not refused');
    },
    (error: LaunchRefused) => error,
  );
