import type { Device } from '../../api/contract.ts';
import { i18n } from '../../i18n/i18n.svelte.ts';

type Limits = NonNullable<Device['limits']>;

/** Limits while they are edited. */
export interface LimitsDraft {
  guest: string;
  /** as a field of date and time has it */
  until: string;
  schedule: { days: number[]; from: string; to: string }[];
  megabits: string;
  codec: string;
  width: string;
  height: string;
  rate: string;
}

export function draftOf(limits: Limits | undefined, now: number): LimitsDraft {
  const { expiresAt, untilQuit, schedule, bitrateKbps, codec, mode } = limits ?? {};
  return {
    guest: expiresAt !== undefined ? 'date' : untilQuit ? 'quit' : 'no',
    until: localTime(expiresAt ?? now + 24 * 3_600_000),
    schedule: (schedule ?? []).map((window) => ({ ...window, days: [...window.days] })),
    megabits: bitrateKbps === undefined ? '' : String(bitrateKbps / 1000),
    codec: codec ?? '',
    width: String(mode?.width ?? ''),
    height: String(mode?.height ?? ''),
    rate: String(mode?.framesPerSecond ?? ''),
  };
}

export function limitsOf(draft: LimitsDraft): Limits {
  const megabits = Number(draft.megabits.replace(',', '.'));
  return {
    ...(draft.guest === 'date' && { expiresAt: new Date(draft.until).getTime() }),
    ...(draft.guest === 'quit' && { untilQuit: true }),
    ...(draft.schedule.length > 0 && { schedule: draft.schedule }),
    ...(draft.megabits.trim() !== '' && { bitrateKbps: Math.round(megabits * 1000) }),
    ...(draft.codec !== '' && { codec: draft.codec as NonNullable<Limits['codec']> }),
    ...((draft.width.trim() !== '' || draft.height.trim() !== '') && {
      mode: {
        width: Number(draft.width),
        height: Number(draft.height),
        ...(draft.rate.trim() !== '' && { framesPerSecond: Number(draft.rate) }),
      },
    }),
  };
}

/** Every day in the order of the language's week, which begins on Monday in most. */
export function weekdays(): { day: number; short: string; name: string }[] {
  return [1, 2, 3, 4, 5, 6, 0].map((day) => {
    // 2 January 2000 was a Sunday.
    const date = new Date(Date.UTC(2000, 0, 2 + day));
    const written = (weekday: 'short' | 'long') =>
      date.toLocaleDateString(i18n.language, { weekday, timeZone: 'UTC' });
    return { day, short: written('short'), name: written('long') };
  });
}

function localTime(time: number): string {
  const date = new Date(time);
  const local = new Date(time - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
