import { i18n, t } from '../i18n/i18n.svelte.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "3 minutes ago"; anything within a minute is "just now". */
export function ago(time: number, now: number): string {
  const seconds = Math.round((time - now) / 1000);
  const steps: [number, Intl.RelativeTimeFormatUnit][] = [
    [DAY, 'day'],
    [HOUR, 'hour'],
    [MINUTE, 'minute'],
  ];
  for (const [size, unit] of steps) {
    if (Math.abs(seconds) < size) continue;
    const words = new Intl.RelativeTimeFormat(i18n.language, { numeric: 'auto' });
    return words.format(Math.trunc(seconds / size), unit);
  }
  return t('time.justNow');
}

/** How long something lasts: "8 s", "42 min", "1 h 05 min", "3 days". */
export function duration(from: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - from) / 1000));
  if (seconds < MINUTE) return t('time.seconds', { seconds });
  if (seconds < HOUR) return t('time.minutes', { minutes: Math.floor(seconds / MINUTE) });
  if (seconds < 2 * DAY) {
    const minutes = String(Math.floor((seconds % HOUR) / MINUTE)).padStart(2, '0');
    return t('time.hours', { hours: Math.floor(seconds / HOUR), minutes });
  }
  return t('time.days', { count: Math.floor(seconds / DAY) });
}

/** A count-down: "1:05". */
export function countdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** kbit/s as "18.2 Mbit/s" or "820 kbit/s" */
export function bitrate(kbps: number): string {
  return kbps >= 1000
    ? `${decimals(kbps / 1000, 1)} Mbit/s`
    : `${Math.round(kbps).toLocaleString(i18n.language)} kbit/s`;
}

export function milliseconds(value: number): string {
  return `${decimals(value, value < 10 ? 1 : 0)} ms`;
}

/** frames per second: whole, or with two digits where the rate is a fraction */
export function rate(value: number): string {
  return decimals(value, Number.isInteger(value) ? 0 : 2);
}

const CODECS: Readonly<Record<string, string>> = { h264: 'H.264', hevc: 'HEVC', av1: 'AV1' };

export function codec(name: string): string {
  return CODECS[name] ?? name.toUpperCase();
}

/** Opus channels as people name them. */
export function speakers(channels: number): string {
  switch (channels) {
    case 2:
      return t('unit.speakers.2');
    case 6:
      return '5.1';
    case 8:
      return '7.1';
    default:
      return t('unit.speakers.other', { count: channels });
  }
}

/** A number with exactly so many digits behind the point, or the comma. */
export function decimals(value: number, digits: number): string {
  return value.toLocaleString(i18n.language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** A day and a time, as short as the language has them. */
export function moment(time: number): string {
  return new Date(time).toLocaleString(i18n.language, { dateStyle: 'medium', timeStyle: 'short' });
}
