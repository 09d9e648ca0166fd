/** A stretch of each of some days, by the clock of the host. */
export interface ScheduleWindow {
  /** 0 Sunday … 6 Saturday */
  readonly days: readonly number[];
  /** `16:00`; the stretch begins then */
  readonly from: string;
  /** `18:30`, or `24:00`; the first minute that is no longer part of it, later than `from` */
  readonly to: string;
}

export type DevicePreparation = readonly {
  readonly run: readonly string[];
  readonly undo?: readonly string[] | undefined;
}[];

/** A mode of a display; its rate is the device's own where none is said. */
export interface DisplayMode {
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond?: number | undefined;
}

/** What its owner says about one device beside its permissions; what is absent is unlimited. */
export interface DeviceLimits {
  /** a guest's end, milliseconds since 1970 */
  readonly expiresAt?: number | undefined;
  /** a guest until it quits: from then on it may stream no more */
  readonly untilQuit?: boolean | undefined;
  /** when it may stream; absent: always */
  readonly schedule?: readonly ScheduleWindow[] | undefined;
  /** for everything on the wire, kbit/s */
  readonly bitrateKbps?: number | undefined;
  /** the only codec that it is offered, where the host has it */
  readonly codec?: 'h264' | 'hevc' | 'av1' | undefined;
  /** of displays that are made or chosen for it; its stream keeps the size that it asks for */
  readonly mode?: DisplayMode | undefined;
  /** runs before the preparation of whatever it starts, and is undone after it */
  readonly preparation?: DevicePreparation | undefined;
}

/** Why a device may not stream now, a sentence for its screen; undefined: it may. */
export function timeRefusal(limits: DeviceLimits | undefined, now: Date): string | undefined {
  if (limits?.expiresAt !== undefined && now.getTime() >= limits.expiresAt) {
    return "This device was a guest, and its time is over. The host's owner can let it in again.";
  }
  if (limits?.schedule && !limits.schedule.some((window) => isWithin(window, now))) {
    return `This device may stream ${scheduleWords(limits.schedule)} only, by the host's clock.`;
  }
  return undefined;
}

export function isWithin({ days, from, to }: ScheduleWindow, now: Date): boolean {
  const minute = now.getHours() * 60 + now.getMinutes();
  return days.includes(now.getDay()) && minute >= minuteOf(from) && minute < minuteOf(to);
}

/** `HH:MM` as minutes since midnight. */
export function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

function scheduleWords(schedule: readonly ScheduleWindow[]): string {
  if (schedule.length === 0) return 'at no time';
  return schedule
    .map(({ days, from, to }) => {
      const named = days.length === 7 ? 'every day' : days.map((day) => DAYS[day]).join(', ');
      return `${named} from ${from} to ${to}`;
    })
    .join(' and ');
}
