import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { OptionError } from '../config/options.ts';

/** The folder of one host (0700), held against a second process that would use it too. */
export class DataDirectory {
  readonly path: string;

  private constructor(directory: string) {
    this.path = directory;
  }

  /**
   * @throws OptionError when it cannot be made, or another host runs on it
   */
  static async take(directory: string): Promise<DataDirectory> {
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await chmod(directory, 0o700);
    } catch (error) {
      throw new OptionError(
        `The data folder ${directory} cannot be used: ${(error as Error).message}`,
      );
    }
    const file = path.join(directory, 'host.pid');
    const holder = Number(await readFile(file, 'utf8').catch(() => ''));
    if (holder > 0 && holder !== process.pid && (await isHost(holder))) {
      throw new OptionError(
        `Another Earthshine (process ${holder}) uses ${directory}. Stop it, or give this one another folder with --data.`,
      );
    }
    await writeFile(file, `${process.pid}\n`, { mode: 0o600 });
    return new DataDirectory(directory);
  }

  file(...names: string[]): string {
    return path.join(this.path, ...names);
  }

  async release(): Promise<void> {
    await rm(this.file('host.pid'), { force: true });
  }
}

/** Process numbers are used again: only one whose command line names earthshine counts. */
async function isHost(pid: number): Promise<boolean> {
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return commandLine.includes('earthshine');
}
