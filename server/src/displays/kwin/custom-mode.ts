import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as z from 'zod';

/** milliseconds: kscreen-doctor is a client of KWin, and hangs with it */
const DOCTOR_LIMIT = 5_000;
/** What a virtual output is born with, Hz. Sizes are exact then; those of later modes are rounded. */
const BIRTH_RATE = 60;
/** Hz: KWin's timings come near a rate (119.67 for 120) */
const NEAR = 1;

const configuration = z.object({
  outputs: z.array(
    z.object({
      name: z.string(),
      currentModeId: z.string().optional(),
      modes: z.array(
        z.object({
          id: z.string(),
          refreshRate: z.number(),
          size: z.object({ width: z.number(), height: z.number() }),
        }),
      ),
    }),
  ),
});
type Mode = z.output<typeof configuration>['outputs'][number]['modes'][number];

export interface WishedMode {
  readonly width: number;
  readonly height: number;
  /** Hz */
  readonly rate: number;
}

/**
 * Gives a virtual output the nearest mode to the wished one. It keeps the one that it was born with where that will do,
 * or where KDE's kscreen-doctor is missing.
 *
 * @param environment in which programs find this KWin
 * @returns the mode that it has now; absent where nobody could tell
 */
export async function setCustomMode(
  output: string,
  wished: WishedMode,
  environment: NodeJS.ProcessEnv,
): Promise<WishedMode | undefined> {
  if (wished.rate <= BIRTH_RATE + NEAR) return { ...wished, rate: BIRTH_RATE };
  const doctor = async (...words: string[]): Promise<string> =>
    (
      await promisify(execFile)('kscreen-doctor', words, {
        env: environment,
        timeout: DOCTOR_LIMIT,
      })
    ).stdout;
  const look = async () =>
    configuration.parse(JSON.parse(await doctor('-j'))).outputs.find(({ name }) => name === output);
  const isNear = (mode: Mode): boolean => Math.abs(mode.refreshRate - wished.rate) < NEAR;
  try {
    // Custom modes are remembered by the output's name: one of before is as good as a new one.
    if (!(await look())?.modes.some((mode) => isNear(mode) && fits(mode, wished))) {
      const milliHertz = Math.round(wished.rate * 1000);
      await doctor(
        `output.${output}.addCustomMode.${wished.width}.${wished.height}.${milliHertz}.full`,
      );
    }
    const chosen = (await look())?.modes.find((mode) => isNear(mode) && fits(mode, wished));
    if (chosen) await doctor(`output.${output}.mode.${chosen.id}`);
    const seen = await look();
    const current = seen?.modes.find(({ id }) => id === seen.currentModeId);
    return current && { ...current.size, rate: current.refreshRate };
  } catch {
    return undefined;
  }
}

/** Widths are rounded down to a multiple of 8. */
function fits({ size }: Mode, { width, height }: WishedMode): boolean {
  return size.height === height && size.width <= width && size.width > width - 8;
}
