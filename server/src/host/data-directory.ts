import { chmod, mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';

import { finishRestore } from '../backup/restore.ts';
import { OptionError } from '../config/option-error.ts';
import { fileTrouble } from '../store/file-trouble.ts';
import { writeDurably } from '../store/durable-file.ts';

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
      throw new OptionError(fileTrouble(`The data folder ${directory}`, error, directory));
    }
    const file = path.join(directory, 'host.pid');
    const [holder, started] = (await readFile(file, 'utf8').catch(() => '')).trim().split(' ');
    if (
      holder &&
      started &&
      Number(holder) !== process.pid &&
      (await startOf(holder)) === started
    ) {
      throw new OptionError(
        `Another Earthshine (process ${holder}) uses ${directory}. Stop it, or give this one another folder with --data.`,
      );
    }
    try {
      await writeDurably(file, `${process.pid} ${await startOf('self')}\n`);
    } catch (error) {
      throw new OptionError(fileTrouble(`The data folder ${directory}`, error, file));
    }
    try {
      await finishRestore(directory);
    } catch (error) {
      throw new OptionError(
        fileTrouble('A backup was being restored when that was cut off, and it', error, directory),
      );
    }
    return new DataDirectory(directory);
  }

  file(...names: string[]): string {
    return path.join(this.path, ...names);
  }

  async release(): Promise<void> {
    await rm(this.file('host.pid'), { force: true });
  }
}

/**
 * When a process began, in clock ticks since the machine did (the 22nd field of /proc/PID/stat): process numbers
 * are used again, both together are not.
 *
 * @returns undefined when there is no such process, or nobody has taken note of its end yet
 */
async function startOf(pid: string): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // The name in parentheses may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}
