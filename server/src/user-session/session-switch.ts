import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';

/** SteamOS and Bazzite have it; it ends the session that runs, and the display manager begins the other one. */
const COMMAND = 'steamos-session-select';
/** what it calls the two */
const MODES = { game: 'gamescope', desktop: 'plasma' } as const;
export type SessionMode = keyof typeof MODES;

/** milliseconds; it asks the display manager's configuration to be written, no more */
const LIMIT = 20_000;

/** The switch between Game Mode and the desktop, where the system has a command for that. */
export class SessionSwitch {
  readonly #searched: () => string;

  /** @param searched folders where commands lie, as in PATH */
  constructor(searched: () => string = () => process.env['PATH'] ?? '') {
    this.#searched = searched;
  }

  /** Never rejects. */
  async available(): Promise<boolean> {
    return (await this.#program()) !== undefined;
  }

  /** @throws Error with a sentence */
  async to(mode: SessionMode): Promise<void> {
    const program = await this.#program();
    if (program === undefined) throw new Error(`This system has no ${COMMAND}.`);
    await new Promise<void>((resolve, reject) => {
      const options = { timeout: LIMIT, killSignal: 'SIGKILL', maxBuffer: 65_536 } as const;
      execFile(program, [MODES[mode]], options, (error, _said, complaint) => {
        if (!error) return resolve();
        const why = error.killed
          ? `it took more than ${LIMIT / 1000} s`
          : (complaint.trim().split('\n').at(-1) ?? '') || error.message;
        reject(new Error(`${COMMAND} ${MODES[mode]} failed: ${why}`));
      });
    });
  }

  async #program(): Promise<string | undefined> {
    for (const folder of this.#searched().split(':')) {
      if (!path.isAbsolute(folder)) continue;
      const file = path.join(folder, COMMAND);
      try {
        await access(file, constants.X_OK);
        return file;
      } catch {
        // Not there.
      }
    }
    return undefined;
  }
}
