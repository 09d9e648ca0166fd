import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  access,
  constants,
  cp,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

import { userUnit } from '../owner/user-unit.ts';
import { ENTRY, KWIN_ENTRY, SHARED, placesOf } from './places.ts';
import type { Places } from './places.ts';
import { SYSTEM_UNDO, asRoot, systemSteps } from './system-setup.ts';
import { findFirewall, runAsRoot } from './system-access.ts';

/** `install` or `uninstall` could not do it; the message is for the person. */
export class CannotInstall extends Error {}

type Say = (text: string) => void;

/**
 * `./earthshine install`: puts the unpacked archive under the user's own folders. A second run upgrades: the version that
 * runs keeps its files until its streams are over.
 *
 * @param tree the unpacked archive, with bin, lib and share
 * @param options system: run, as root through pkexec, what is shown
 * @throws CannotInstall
 */
export async function install(
  tree: string,
  options: { readonly system: boolean; readonly version: string },
  say: Say,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  await checkTree(tree);
  const places = placesOf(environment);
  const version = `${options.version}-${await digest(path.join(tree, 'bin/earthshine'), path.join(tree, 'lib/earthshine/earthshine.node'))}`;
  const folder = path.join(places.library, version);
  await putVersion(tree, folder);
  await pointTo(places.program, path.join(folder, 'bin/earthshine'));
  await putShared(tree, places);
  await tidy(places, version);
  const isRunning = await userUnit.isActive();
  await userUnit.reload();
  say(`Earthshine ${options.version} is installed: ${places.program}`);
  if (isRunning) {
    say('The version that runs goes on to the end of its streams; then it starts anew by itself.');
  }
  if (!(environment['PATH'] ?? '').split(':').includes(path.dirname(places.program))) {
    say(
      `${path.dirname(places.program)} is not in your PATH; the entry in the menu works all the same.`,
    );
  }
  await systemPart(tree, options.system, say);
  say('Open Earthshine from the menu, or run: earthshine open');
}

/**
 * `earthshine uninstall`: ends the host and takes away what `install` put there, and nothing else.
 *
 * @throws CannotInstall where nothing was installed so
 */
export async function uninstall(
  say: Say,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const places = placesOf(environment);
  const target = await readlink(places.program).catch(() => '');
  if (!path.resolve(path.dirname(places.program), target).startsWith(`${places.library}/`)) {
    throw new CannotInstall(
      `Nothing was installed from an archive for this user: ${places.program} leads to no version in ${places.library}. ` +
        'A package is removed with the system’s own tools (dnf, rpm-ostree, apt).',
    );
  }
  await userUnit.disable();
  const shared = SHARED.map((file) => path.join(places.data, file));
  const entries = [ENTRY, KWIN_ENTRY].map((file) => path.join(places.applications, file));
  for (const file of [places.program, places.unit, ...shared, ...entries]) {
    await rm(file, { force: true });
  }
  await rm(places.library, { recursive: true, force: true });
  await userUnit.reload();
  say('Earthshine is removed. Devices, apps and settings stay in ~/.local/share/earthshine.');
  const left = await exists('/etc/udev/rules.d/60-earthshine.rules');
  if (left) say(`What was set up as root goes with:\n  ${asRoot(SYSTEM_UNDO)}`);
}

async function checkTree(tree: string): Promise<void> {
  for (const file of [
    'bin/earthshine',
    'lib/earthshine/earthshine.node',
    'lib/systemd/user/earthshine.service',
  ]) {
    if (await exists(path.join(tree, file))) continue;
    throw new CannotInstall(
      `This is no unpacked archive: ${path.join(tree, file)} is missing. "install" belongs to the portable archive; a package ` +
        'is installed already, and a checkout runs by scripts/start.',
    );
  }
  if (tree === '/usr') {
    throw new CannotInstall(
      'This Earthshine came as a package and is installed already. Run: earthshine open',
    );
  }
}

async function putVersion(tree: string, folder: string): Promise<void> {
  if (await exists(folder)) return;
  const made = `${folder}.new`;
  await rm(made, { recursive: true, force: true });
  await mkdir(made, { recursive: true });
  await cp(path.join(tree, 'bin'), path.join(made, 'bin'), { recursive: true });
  await mkdir(path.join(made, 'lib'));
  await cp(path.join(tree, 'lib/earthshine'), path.join(made, 'lib/earthshine'), {
    recursive: true,
  });
  await cp(path.join(tree, 'share/licenses'), path.join(made, 'share/licenses'), {
    recursive: true,
  });
  await rename(made, folder);
}

/** In one step, so that there is no moment without a program. */
async function pointTo(link: string, target: string): Promise<void> {
  await mkdir(path.dirname(link), { recursive: true });
  const made = `${link}.new`;
  await rm(made, { force: true });
  await symlink(target, made);
  await rename(made, link);
}

async function putShared(tree: string, places: Places): Promise<void> {
  for (const file of SHARED)
    await put(path.join(tree, 'share', file), path.join(places.data, file));
  const program = (text: string): string => text.replaceAll('/usr/bin/earthshine', places.program);
  await put(path.join(tree, 'lib/systemd/user/earthshine.service'), places.unit, program);
  // The host itself asks KWin, with the path of the version that runs.
  await put(
    path.join(tree, 'share/applications', ENTRY),
    path.join(places.applications, ENTRY),
    (text) => program(text).replace(/^X-KDE-.*\n/m, ''),
  );
}

async function put(from: string, to: string, change?: (text: string) => string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  const made = `${to}.new`;
  if (change) await writeFile(made, change(await readFile(from, 'utf8')));
  else await cp(from, made);
  await rename(made, to);
}

/** Removes versions that nothing runs any more. */
async function tidy({ library }: Places, keep: string): Promise<void> {
  const running = new Set<string>();
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const program = await readlink(`/proc/${pid}/exe`).catch(() => '');
    if (program.startsWith(`${library}/`))
      running.add(program.slice(library.length + 1).split('/')[0]!);
  }
  for (const version of await readdir(library)) {
    if (version === keep || running.has(version)) continue;
    await rm(path.join(library, version), { recursive: true, force: true });
  }
}

async function systemPart(tree: string, allowed: boolean, say: Say): Promise<void> {
  const steps = await systemSteps(tree, await findFirewall());
  if (!allowed) {
    say(
      '\nOnly root can do the rest. Each is one line to copy, all of them at once is: earthshine install --system',
    );
    for (const { why, command } of steps) say(`\n# ${why}\n${asRoot(command)}`);
    say('');
    return;
  }
  const failure = await runAsRoot(steps, say);
  if (failure !== undefined) throw new CannotInstall(failure);
  say('What only root can do is done.');
}

async function exists(file: string): Promise<boolean> {
  return access(file, constants.F_OK).then(
    () => true,
    () => false,
  );
}

/** What tells two builds of one version apart, 12 hexadecimal digits. */
async function digest(...files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) await pipeline(createReadStream(file), hash, { end: false });
  return hash.digest('hex').slice(0, 12);
}
