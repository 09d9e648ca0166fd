import { OptionError } from '../config/option-error.ts';
import type { Options } from '../config/options.ts';
import { DesktopSound } from '../displays/desktop-sound.ts';
import { CommandRunner } from '../apps/command-runner.ts';
import { nativeAddon } from '../native/addon.ts';
import { UndoJournal } from '../store/undo-journal.ts';
import { DataDirectory } from './data-directory.ts';
import { hostDisplays } from './host-displays.ts';
import { createLog } from './log.ts';

/** A desktop or an audio server that hangs must not keep the machine from shutting down. */
const LIMIT_MS = 10_000;

/**
 * `earthshine undo`: takes back what a host that was killed left changed outside itself. What cannot be taken back now stays
 * in the journal for the next start of the host.
 *
 * @param words behind the command: none
 * @returns the exit code
 * @throws OptionError when a host runs on that data folder
 */
export async function runUndo(options: Options, words: readonly string[]): Promise<number> {
  if (words[0] !== undefined) throw new OptionError(`"${words[0]}" is one word too many.`);
  const { log } = createLog(options.logLevel);
  const data = await DataDirectory.take(options.data);
  try {
    const journal = await UndoJournal.open(data.file('undo.json'), log);
    if (journal.isEmpty) return 0;
    const addon = nativeAddon();
    const sound = new DesktopSound({ addon, journal, log });
    const displays = hostDisplays({
      ...{ addon, sound, journal, options, log },
      tokenFile: data.file('portal-token'),
    });
    const runner = new CommandRunner({ journal, log, outputFolder: data.path });
    const limit = new Promise<void>((resolve) => setTimeout(resolve, LIMIT_MS).unref());
    await Promise.race([
      Promise.all([runner.recover(), sound.recover(), displays.recover()]),
      limit,
    ]);
    return journal.isEmpty ? 0 : 1;
  } finally {
    await data.release();
  }
}
