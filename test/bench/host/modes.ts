/** Seconds that each stream is measured. */
export const SECONDS = Number(process.env['EARTHSHINE_BENCH_SECONDS'] ?? 20);

/** Video in clear, as in the rows of the leading host that the goals are drawn from. */
const CLEAR = { fps: 60, encryption: 0 } as const;
export const MODE_720 = { width: 1280, height: 720, bitrateKbps: 10_000, ...CLEAR } as const;
export const MODE_1080 = { width: 1920, height: 1080, bitrateKbps: 20_000, ...CLEAR } as const;

/** What the leading host needs, from the table "The whole host" of limits.md. */
export const LEADING = {
  720: { cores: 0.989, p50: 11.2, p95: 15.6, drawnToFirstPacket: 23.1 },
  1080: { cores: 1.433, p50: 18.0, p95: 30.3 },
} as const;
