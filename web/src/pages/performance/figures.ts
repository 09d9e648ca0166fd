import { i18n } from '../../i18n/i18n.svelte.ts';
import { bitrate, milliseconds } from '../../parts/format.ts';
import type { GraphUnit } from './graphs.ts';

const number = (value: number, digits: number): string =>
  value.toLocaleString(i18n.language, {
    maximumFractionDigits: digits,
    minimumFractionDigits: digits,
  });

/** A value with its unit; what was not measured is a dash. */
export function amount(value: number | null | undefined, unit: GraphUnit | 'kbps'): string {
  if (value === null || value === undefined) return '–';
  switch (unit) {
    case 'ms':
      return milliseconds(value);
    case 'mbps':
      return bitrate(value * 1000);
    case 'kbps':
      return bitrate(value);
    case '%':
      return `${number(value, value < 10 ? 1 : 0)} %`;
    case 'fps':
      return number(value, 0);
    case 'count':
      return number(value, value < 10 && !Number.isInteger(value) ? 1 : 0);
  }
}

/** Seconds since the beginning: "1:05", "2:03:20". */
export function moment(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const pad = (part: number): string => String(part).padStart(2, '0');
  const [hours, minutes, rest] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
}

export function bytes(count: number): string {
  return count < 1_000_000
    ? `${number(count / 1000, 0)} kB`
    : `${number(count / 1_000_000, count < 10_000_000 ? 1 : 0)} MB`;
}
