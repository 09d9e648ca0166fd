const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** "3 minutes ago"; anything within a minute is "just now". */
export function ago(time: number, now = Date.now()): string {
  const seconds = Math.round((time - now) / 1000);
  const steps: [number, Intl.RelativeTimeFormatUnit][] = [
    [86400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
  ];
  for (const [size, unit] of steps) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return 'just now';
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
