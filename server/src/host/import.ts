import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';

import { OptionError } from '../config/option-error.ts';
import type { Options } from '../config/options.ts';
import { adoptIdentity } from '../gamestream/identity.ts';
import { readFoundHost } from '../import/sunshine/found-host.ts';
import type { FoundHost } from '../import/sunshine/found-host.ts';
import { holdsState, stateFolders } from '../import/sunshine/places.ts';
import { runningHost } from '../import/sunshine/running.ts';
import type { FoundDevice } from '../import/sunshine/state.ts';
import { presentReport, takeOver } from '../import/sunshine/take-over.ts';
import type { Report } from '../import/sunshine/take-over.ts';
import { plain } from '../terminal/table.ts';
import { DataDirectory } from './data-directory.ts';
import { openHostState } from './host-state.ts';
import { createLog } from './log.ts';
import { OpenParts } from './open-parts.ts';

const OPTIONS = {
  'dry-run': { type: 'boolean' },
  from: { type: 'string' },
  devices: { type: 'string' },
  replace: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/**
 * `earthshine import sunshine`: takes over what another host left. Neither it nor this one may run meanwhile.
 *
 * @param words behind the command
 * @returns the exit code
 * @throws OptionError for words that are not understood, and while a host runs on the data folder
 */
export async function runImport(options: Options, words: readonly string[]): Promise<number> {
  const values = readWords(words);
  const refuse = (message: string): number => {
    if (values.json) process.stdout.write(`${JSON.stringify({ error: { message } }, null, 2)}\n`);
    else process.stderr.write(`${message}\n`);
    return 1;
  };
  const folder = await chooseFolder(values.from);
  const running = await runningHost();
  if (running !== undefined) {
    return refuse(
      `${running} runs, and would write its files again when it ends. Stop it first; for the usual unit: systemctl --user disable --now sunshine`,
    );
  }
  const host = await readFoundHost(folder);
  const say = (report: Report, dry: boolean): number => {
    process.stdout.write(
      `${values.json ? JSON.stringify(report, null, 2) : presentReport(report, dry)}\n`,
    );
    return 0;
  };
  // Nothing of this host is even opened.
  if (values['dry-run']) {
    const all = values.devices === 'none' ? [] : host.devices.devices;
    return say(await takeOver(host, all, undefined), true);
  }
  const data = await DataDirectory.take(options.data);
  const { log } = createLog('error');
  const parts = new OpenParts(log);
  try {
    const { apps, devices } = await openHostState(data, parts, () => log);
    const chosen = await chooseDevices(host, values.devices);
    const paired = devices.list().map(({ name }) => name);
    if (chosen.length > 0 && paired.length > 0 && !values.replace) {
      return refuse(
        `Devices are paired here already: ${paired.map(plain).join(', ')}. With the other host’s identity they would have to pair ` +
          'again. Give --replace to do it all the same, or --devices none to take over apps alone. Nothing was changed.',
      );
    }
    const adopt = (identity: Parameters<typeof adoptIdentity>[1]): Promise<void> =>
      adoptIdentity(data.file('identity'), identity);
    return say(await takeOver(host, chosen, { apps, devices, adopt }), false);
  } finally {
    await parts.close();
    await data.release();
  }
}

function readWords(words: readonly string[]) {
  try {
    const { positionals, values } = parseArgs({
      args: [...words],
      options: OPTIONS,
      allowPositionals: true,
    });
    if (positionals.length !== 1 || positionals[0] !== 'sunshine') {
      throw new Error('Say what to import: earthshine import sunshine');
    }
    if (values.devices !== undefined && !['all', 'none'].includes(values.devices)) {
      throw new Error('--devices wants all or none; without it each is asked for.');
    }
    return values;
  } catch (error) {
    throw new OptionError((error as Error).message.split('. ')[0]!.replace(/\.?$/, '.'));
  }
}

async function chooseFolder(given: string | undefined): Promise<string> {
  if (given !== undefined) {
    if (await holdsState(given)) return given;
    throw new OptionError(`There is nothing of Sunshine or Apollo in ${given}.`);
  }
  const folders = await stateFolders();
  if (folders.length === 1) return folders[0]!;
  throw new OptionError(
    folders.length === 0
      ? 'Nothing of Sunshine or Apollo was found in your home, neither installed natively nor as a Flatpak. Name its folder: --from DIR'
      : `There are several: ${folders.join(', ')}. Say which: --from DIR`,
  );
}

/** Other hosts paired more leniently, so each is its owner's word. */
async function chooseDevices(
  { devices: { devices } }: FoundHost,
  given: string | undefined,
): Promise<readonly FoundDevice[]> {
  if (given === 'none') return [];
  if (given === 'all' || devices.length === 0) return devices;
  if (!process.stdin.isTTY) {
    throw new OptionError(
      'Which devices are taken over is asked one by one, in a terminal. Give --devices all or --devices none.',
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const chosen: FoundDevice[] = [];
    for (const device of devices) {
      const { name, certificate } = device;
      const answer = await terminal.question(
        `Let "${plain(name)}" (${certificate.fingerprint.slice(0, 12)}) play here too? [y/N] `,
      );
      if (/^(y|yes|j|ja)$/i.test(answer.trim())) chosen.push(device);
    }
    return chosen;
  } finally {
    terminal.close();
  }
}
