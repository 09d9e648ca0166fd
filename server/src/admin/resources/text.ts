import * as z from 'zod';

import { PROBLEMS } from './problems.ts';

/** One line that a person typed: trimmed, neither empty nor longer than `max`, without control characters. */
export const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, PROBLEMS['control-characters']);
