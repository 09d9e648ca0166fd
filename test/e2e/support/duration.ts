/** Seconds that the long streams run: 20 in CI, 60 for the figures in the documentation. */
export const STREAM_SECONDS = Number(process.env['EARTHSHINE_E2E_SECONDS'] ?? 20);

/**
 * Whether the figures of the documentation are demanded, not only printed: they hold on a machine that does nothing
 * else, and a CI machine often does.
 */
export const DEMAND_GOALS = process.env['EARTHSHINE_E2E_GOALS'] === '1';
