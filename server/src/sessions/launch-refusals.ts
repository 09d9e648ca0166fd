import { LaunchRefused } from '../gamestream/launches.ts';
import type { LaunchRequest } from '../gamestream/launches.ts';
import type { SessionParts } from './session-parts.ts';
import type { Session } from './session.ts';

/** Nobody needs to hear of it later: who started the stream, or stopped the host, ended it. */
class LaunchOver extends LaunchRefused {}

export const hostStops = (): LaunchRefused => new LaunchOver(503, 'The host is stopping.');

export const keyUsed = (): LaunchRefused =>
  new LaunchRefused(400, 'This stream key was used before; start the stream again.');

export const stillRunning = ({ run }: Session): LaunchRefused =>
  new LaunchRefused(400, `${run.app.title} is still running for this device; quit it first.`);

/** What a launch is told whose session is over before it could be handed to RTSP. */
export function over({ run }: Session): LaunchRefused {
  return run.endedByItself
    ? new LaunchRefused(
        503,
        `"${run.app.title}" ended before the stream began; see its command among the apps.`,
      )
    : new LaunchOver(503, 'This launch was ended or replaced by a newer one.');
}

/** Every launch that a player saw fail is among the problems, with the sentence that the player got. */
export async function toldWhenRefused(
  { problems, devices }: Pick<SessionParts, 'problems' | 'devices'>,
  { device }: LaunchRequest,
  launch: () => Promise<string>,
): Promise<string> {
  try {
    return await launch();
  } catch (error) {
    if (error instanceof LaunchRefused && !(error instanceof LaunchOver)) {
      const { name } = devices.find(device.fingerprint) ?? device;
      problems.report({ device: name, message: error.message });
    }
    throw error;
  }
}
