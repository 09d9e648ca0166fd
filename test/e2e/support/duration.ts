/** Seconds that the long streams run: 20 in CI, 60 for the figures in the documentation. */
export const STREAM_SECONDS = Number(process.env['EARTHSHINE_E2E_SECONDS'] ?? 20);
