import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

import { RUN_VARIABLE } from './command-environment.ts';
import { groupOf } from './process-group.ts';

/**
 * Services that a program starts on the way and that stay after it: a bus, portals, sound, keys, input methods, trays
 * and notifications. They never keep an app alive. Names as the kernel has them, cut after 15 letters.
 */
const HELPERS = new RegExp(
  `^(${[
    'dbus-(daemon|launch|broker.*)',
    'xdg-(desktop-por|document-po|permission-).*',
    'gvfs.*|kio(d|slave|worker).*|tumblerd|dconf-service|xfconfd|gconfd-2',
    'at-spi.*|speech-dispat.*',
    'pipewire.*|wireplumber|pulseaudio',
    'ibus.*|fcitx5?',
    'gnome-keyring.*|kwalletd.*|ssh-agent|gpg-agent|polkit.*|lxpolkit|mate-polkit',
    'kded.*|kglobalaccel.*|kactivitymanage|baloo.*|tracker-.*|gsd-.*|goa-.*|evolution-.*|xsettingsd',
    'xembedsniproxy|snixembed|stalonetray|trayer|nm-applet|blueman-.*',
    'dunst|mako|swaync|xfce4-notifyd|notification-da|notify-osd',
    'gamemoded',
  ].join('|')})$`,
);

/**
 * Whether anything of a run still lives: a process of its group, or one that carries its mark, whatever group it is
 * in. Helpers of the session and zombies do not count.
 *
 * @param group counts only while a process is known to be in it: later its number may be somebody else's
 */
export async function livingProcesses(run: string, group?: number): Promise<number[]> {
  const living: number[] = [];
  for (const name of await readdir('/proc')) {
    if (/^\d+$/.test(name) && (await belongs(name, run, group))) living.push(Number(name));
  }
  return living;
}

/**
 * Resolves when nothing of a run lives any more. To be called when the command itself has just ended.
 *
 * @param signal ends the watch
 * @param interval milliseconds between two looks
 * @returns whether there was anything at first
 */
export async function runEnded(
  run: string,
  group: number,
  signal: AbortSignal,
  interval = 1000,
): Promise<boolean> {
  let known = await livingProcesses(run, group);
  const hadAny = known.length > 0;
  while (known.length > 0 && !signal.aborted) {
    await wait(interval, undefined, { ref: false });
    const left = await Promise.all(known.map((pid) => belongs(String(pid), run, group)));
    known = known.filter((_, index) => left[index]);
    // What the last ones left behind carries the mark; by their group it is no longer known.
    if (known.length === 0) known = await livingProcesses(run);
  }
  return hadAny;
}

async function belongs(pid: string, run: string, group: number | undefined): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    const itsGroup = groupOf(stat);
    if (itsGroup === undefined) return false;
    if (HELPERS.test(stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')))) return false;
    if (itsGroup === group) return true;
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1');
    return environment.split('\0').includes(`${RUN_VARIABLE}=${run}`);
  } catch {
    // It ended while it was looked at, or it is not ours to look at.
    return false;
  }
}
