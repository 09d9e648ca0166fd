import type { HostStatus } from '../admin/resources/host-shapes.ts';
import type { SendSettings } from '../native/media-addon.ts';
import type { ThreadClass } from '../native/statistics.ts';
import { REALTIME_REMEDY } from '../sessions/thread-classes.ts';

export interface NoticeFacts {
  readonly sending: SendSettings;
  /** how the control worker's thread is scheduled; undefined while the answer is out */
  readonly controlThread: ThreadClass | undefined;
  /** what this start found damaged and went on without */
  readonly losses: readonly string[];
}

/** What the owner should know about how this host runs, for its status page. */
export function hostNotices({
  sending,
  controlThread,
  losses,
}: NoticeFacts): HostStatus['notices'] {
  const notices: HostStatus['notices'] = losses.map((message) => ({
    severity: 'warning',
    message,
  }));
  if (sending.drop && sending.drop.percentage > 0) {
    notices.push({ severity: 'warning', message: droppingSentence(sending.drop) });
  }
  if (controlThread !== undefined && controlThread !== 'realtime') {
    notices.push({
      severity: 'info',
      message:
        'Input and video may be late while this machine is busy: the system granted no real-time class. ' +
        REALTIME_REMEDY,
    });
  }
  return notices;
}

/** `--drop` is meant for tests; whoever forgot it must read so. */
export function droppingSentence({ percentage, burst }: NonNullable<SendSettings['drop']>): string {
  const bursts = burst > 1 ? ` in bursts of ${burst}` : '';
  return `${percentage} % of the video packets are dropped on purpose${bursts}. Start the host without --drop to end this.`;
}
