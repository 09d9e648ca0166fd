import path from 'node:path';

import { CannotInstall, install, uninstall } from './install.ts';

/** `earthshine install [--system]` and `earthshine uninstall`. @returns the exit code */
export async function runInstall(words: readonly string[]): Promise<number> {
  const [command, ...rest] = words;
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const unknown = rest.find((word) => !(command === 'install' && word === '--system'));
  if (unknown !== undefined) {
    process.stderr.write(
      `"${unknown}" is not an option of earthshine ${command}. Try: earthshine --help\n`,
    );
    return 2;
  }
  try {
    if (process.getuid?.() === 0) {
      throw new CannotInstall(
        'Run this as the user who plays, not as root: nothing of it needs root.',
      );
    }
    if (command === 'uninstall') await uninstall(say);
    else {
      const tree = path.resolve(path.dirname(process.execPath), '..');
      const version = process.env['EARTHSHINE_VERSION'] ?? 'development';
      await install(tree, { system: rest.includes('--system'), version }, say);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof CannotInstall)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}
