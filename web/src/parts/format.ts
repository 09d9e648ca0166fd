const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

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
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return 'just now';
}

/** How long something lasts: "8 s", "42 min", "1 h 05 min", "3 days". */
export function duration(from: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - from) / 1000));
  if (seconds < MINUTE) return `${seconds} s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  if (seconds < 2 * DAY) {
    const minutes = Math.floor((seconds % HOUR) / MINUTE);
    return `${Math.floor(seconds / HOUR)} h ${String(minutes).padStart(2, '0')} min`;
  }
  return `${Math.floor(seconds / DAY)} days`;
}

/** A count-down: "1:05". */
export function countdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** kbit/s as "18.2 Mbit/s" or "820 kbit/s" */
export function bitrate(kbps: number): string {
  return kbps >= 1000 ? `${(kbps / 1000).toFixed(1)} Mbit/s` : `${Math.round(kbps)} kbit/s`;
}

export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

/** frames per second: whole, or with two digits where the rate is a fraction */
export function rate(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

const CODECS: Readonly<Record<string, string>> = { h264: 'H.264', hevc: 'HEVC', av1: 'AV1' };

export function codec(name: string): string {
  return CODECS[name] ?? name.toUpperCase();
}

/** Opus channels as people name them. */
export function speakers(channels: number): string {
  return { 2: 'Stereo', 6: '5.1', 8: '7.1' }[channels] ?? `${channels} channels`;
}
