import { readFileSync } from 'node:fs';

import { OptionError } from './option-error.ts';
import { SETTING_NAMES } from './settings-table.ts';

/**
 * Reads what `--config` names: a JSON object with the names of the settings.
 *
 * @returns values as they stand there, unread
 * @throws OptionError naming the file and what is wrong
 */
export function readConfigurationFile(file: string): Readonly<Record<string, unknown>> {
  const cannot = (why: string): OptionError =>
    new OptionError(`The configuration file ${file} ${why}`);
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw cannot('does not exist.');
    if (code === 'EACCES') throw cannot('may not be read by this user.');
    throw cannot(code === 'EISDIR' ? 'is a folder.' : `cannot be read: ${message}`);
  }
  let values: unknown;
  try {
    values = JSON.parse(content);
  } catch (error) {
    throw cannot(`is not JSON: ${(error as Error).message}`);
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw cannot('does not hold a JSON object, {"basePort": 47989} for example.');
  }
  const unknown = Object.keys(values).find((key) => !SETTING_NAMES.some((name) => name === key));
  if (unknown !== undefined) throw cannot(`has an unknown key "${unknown}".`);
  return values as Readonly<Record<string, unknown>>;
}
