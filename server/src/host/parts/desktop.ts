import { CommandRunner } from '../../apps/command-runner.ts';
import { CommandTrials } from '../../apps/command-trial.ts';
import { findCompositors } from '../../displays/compositors.ts';
import { DesktopSound } from '../../displays/desktop-sound.ts';
import type { Displays } from '../../displays/displays.ts';
import { HostActionProvider } from '../../displays/host-action/host-action-provider.ts';
import type { SessionDirectory } from '../../sessions/session-directory.ts';
import { UndoJournal } from '../../store/undo-journal.ts';
import { busOpener } from '../../user-session/bus-opener.ts';
import { KeepAwake } from '../../user-session/keep-awake.ts';
import { ScreenLock } from '../../user-session/screen-lock.ts';
import { SessionSwitch } from '../../user-session/session-switch.ts';
import { MachineSleep } from '../../user-session/sleep.ts';
import { SCREEN_LOCKED, StreamCare } from '../../user-session/stream-care.ts';
import { hostActions } from '../host-actions.ts';
import { hostDisplays } from '../host-displays.ts';
import type { HostContext } from './context.ts';

/** What is done to the user's session: apps and their commands, displays, the lock, staying awake. */
export interface DesktopParts {
  readonly runner: CommandRunner;
  readonly trials: CommandTrials;
  readonly displays: Displays;
  /** Keeps screens awake and what was locked locked, as the streams want it. */
  care(sessions: SessionDirectory): void;
}

/**
 * Undoing what an earlier host left goes on beside what follows: a command that hangs, or an audio server, must keep no
 * port closed.
 *
 * @param sessions asked for once somebody streams
 */
export async function openDesktop(
  { options, data, state, addon, parts, logOf }: HostContext,
  sessions: () => SessionDirectory,
): Promise<DesktopParts> {
  const { store, problems } = state;
  const journal = await UndoJournal.open(data.file('undo.json'), logOf('store'), store);
  const commands = { journal, outputFolder: data.path, log: logOf('apps') };
  const runner = new CommandRunner({ ...commands, problems });
  const sound = new DesktopSound({ addon, journal, log: logOf('sound') });
  const buses = busOpener(addon);
  const lock = new ScreenLock({ buses, journal, log: logOf('lock') });
  const actions = hostActions({
    sleep: new MachineSleep(buses),
    sessionSwitch: new SessionSwitch(),
    mode: async () => ((await findCompositors('gamescope')).length > 0 ? 'game' : 'desktop'),
    sessions,
  }).map(
    (action) =>
      new HostActionProvider(action, (device, message) => problems.report({ device, message })),
  );
  const displays = hostDisplays({
    ...{ addon, sound, journal, options, actions },
    tokenFile: data.file('portal-token'),
    hint: () => (lock.locked ? SCREEN_LOCKED : undefined),
    log: logOf('displays'),
  });
  void runner.recover();
  void sound.recover();
  void displays.recover();
  void addon.releaseHeldInput();
  void lock.relock();
  return {
    runner,
    trials: new CommandTrials(commands),
    displays,
    care: (opened) => {
      const care = parts.keep(
        new StreamCare({
          awake: new KeepAwake({
            buses,
            wakeScreens: () => displays.wake(),
            log: logOf('awake'),
          }),
          lock,
          streams: () => opened.cared(),
          log: logOf('lock'),
        }),
      );
      opened.on('changed', care.changed);
    },
  };
}
