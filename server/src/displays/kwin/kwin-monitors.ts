import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as z from 'zod';

import type { MonitorSwitch } from '../other-monitors.ts';

/** milliseconds: kscreen-doctor is a client of KWin, and hangs with it */
const DOCTOR_LIMIT = 5_000;
const configuration = z.object({
  outputs: z.array(z.object({ name: z.string(), enabled: z.boolean() })),
});

/** The monitors of a KWin, by KDE's own tool, with the environment in which it finds it. */
export function kwinMonitors(environment: NodeJS.ProcessEnv): MonitorSwitch {
  const doctor = async (...words: string[]): Promise<string> =>
    (
      await promisify(execFile)('kscreen-doctor', words, {
        env: environment,
        timeout: DOCTOR_LIMIT,
      })
    ).stdout;
  return {
    lit: async () => {
      const { outputs } = configuration.parse(JSON.parse(await doctor('-j')));
      return outputs.filter(({ enabled }) => enabled).map(({ name }) => name);
    },
    set: async (monitors, on) => {
      // One configuration for all of them: KWin never has none in between.
      await doctor(...monitors.map((name) => `output.${name}.${on ? 'enable' : 'disable'}`));
    },
  };
}

/** For programs that are to find the KWin at a socket. */
export function kwinClientEnvironment(display: string): NodeJS.ProcessEnv {
  return { ...process.env, WAYLAND_DISPLAY: display, QT_QPA_PLATFORM: 'wayland' };
}
