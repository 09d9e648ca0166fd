import { execFileSync } from 'node:child_process';
import path from 'node:path';

import { expect, it } from 'vitest';

const MODULE = path.resolve(import.meta.dirname, '../../src/processes/umask.ts');

/** Only a process's main thread may have a umask, and a test runs on another. */
const TRIAL = `
  import { execFileSync } from 'node:child_process';
  import { keepFilesPrivate, withUsersUmask } from ${JSON.stringify(MODULE)};
  const ask = () => execFileSync('sh', ['-c', 'umask'], { encoding: 'utf8' }).trim();
  process.umask(0o022);
  const said = [withUsersUmask(ask)];
  keepFilesPrivate();
  keepFilesPrivate();
  said.push(ask(), withUsersUmask(ask), ask());
  try { withUsersUmask(() => { throw new Error(); }); } catch { said.push(ask()); }
  console.log(said.join());
`;

it("only what the user starts makes files by the user's umask", () => {
  const words = ['--input-type=module', '--no-warnings', '--eval', TRIAL];
  const said = execFileSync(process.execPath, words, { encoding: 'utf8' });
  expect(said.trim()).toBe('0022,0077,0022,0077,0077');
});
