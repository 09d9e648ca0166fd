import { LEFT_BEHIND } from '../../../../server/src/import/sunshine/left-behind.ts';
import type { LeftBehindCode } from '../../../../server/src/import/sunshine/left-behind.ts';

/** The host's own sentences: its API and `earthshine import sunshine` say the same. */
export const leftBehind = Object.fromEntries(
  Object.entries(LEFT_BEHIND).map(([code, says]) => [`apps.left.${code}`, says]),
) as Record<`apps.left.${LeftBehindCode}`, string>;
