import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { install, uninstall } from '../../src/install/install.ts';
import { ENTRY, SHARED } from '../../src/install/places.ts';
import { asRoot, systemScript, systemSteps } from '../../src/install/system-setup.ts';

const PACKAGED = path.resolve(import.meta.dirname, '../../../packaging/usr');

let folder: string;
let tree: string;
let environment: NodeJS.ProcessEnv;
let said: string[];
const say = (text: string): void => void said.push(text);
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-install-'));
  said = [];
  tree = archive('one');
  environment = { HOME: path.join(folder, 'home'), PATH: '/usr/bin' };
  const bin = path.join(folder, 'bin');
  mkdirSync(bin);
  // The manager of services; each call of it is kept.
  writeFileSync(
    path.join(bin, 'systemctl'),
    `#!/bin/sh\necho "$@" >> ${folder}/calls\ncase "$*" in *is-active*) exit 3 ;; esac\n`,
    { mode: 0o755 },
  );
  vi.stubEnv('PATH', `${bin}:/usr/bin:/bin`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** An unpacked archive, with what is packaged and a program of one line. */
function archive(words: string): string {
  const made = path.join(folder, `archive-${words}`);
  const put = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(made, file)), { recursive: true });
    writeFileSync(path.join(made, file), text);
  };
  execFileSync('cp', ['-r', PACKAGED, made]);
  put('bin/earthshine', `#!/bin/sh\necho ${words}\n`);
  chmodSync(path.join(made, 'bin/earthshine'), 0o755);
  put('lib/earthshine/earthshine.node', words);
  put('share/licenses/earthshine/LICENSE', 'text');
  for (const file of SHARED) put(`share/${file}`, file);
  return made;
}

const all = (place: string): string[] =>
  existsSync(place)
    ? readdirSync(place, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => path.relative(place, path.join(entry.parentPath, entry.name)))
    : [];

describe('earthshine install', () => {
  const home = (...names: string[]): string => path.join(folder, 'home', ...names);

  it('puts program, unit, entry, icons and completions where a user’s own belong', async () => {
    await install(tree, { system: false, version: '1.0' }, say, environment);
    expect(execFileSync(home('.local/bin/earthshine'), { encoding: 'utf8' })).toBe('one\n');
    expect(readFileSync(home('.config/systemd/user/earthshine.service'), 'utf8')).toContain(
      `ExecStart=${home('.local/bin/earthshine')} serve`,
    );
    const entry = readFileSync(home('.local/share/applications', ENTRY), 'utf8');
    expect(entry).toContain(`Exec=${home('.local/bin/earthshine')} open`);
    expect(entry).not.toContain('/usr/bin');
    for (const file of SHARED) expect(existsSync(home('.local/share', file))).toBe(true);
    expect(said.join('\n')).toMatch(/sudo sh -c .*udev/);
    expect(said.join('\n')).toContain('earthshine open');
  });

  it('upgrades in place, and lets a version that runs keep its files', async () => {
    await install(tree, { system: false, version: '1.0' }, say, environment);
    const before = readlinkSync(home('.local/bin/earthshine'));
    await install(tree, { system: false, version: '1.0' }, say, environment);
    expect(readlinkSync(home('.local/bin/earthshine'))).toBe(before);
    await install(archive('two'), { system: false, version: '1.1' }, say, environment);
    expect(execFileSync(home('.local/bin/earthshine'), { encoding: 'utf8' })).toBe('two\n');
    // Nothing ran the first one, so it is gone.
    expect(existsSync(before)).toBe(false);
    expect(readdirSync(home('.local/lib/earthshine'))).toHaveLength(1);
  });

  it('is taken back to the last file, and the user’s data stay', async () => {
    mkdirSync(home('.local/share/earthshine'), { recursive: true });
    writeFileSync(home('.local/share/earthshine/earthshine.sqlite'), 'devices');
    await install(tree, { system: false, version: '1.0' }, say, environment);
    await uninstall(say, environment);
    expect(all(home())).toEqual(['.local/share/earthshine/earthshine.sqlite']);
    expect(readFileSync(path.join(folder, 'calls'), 'utf8')).toContain(
      'disable --now earthshine.service',
    );
    await expect(uninstall(say, environment)).rejects.toThrow('Nothing was installed');
  });

  it('refuses what is no archive', async () => {
    rmSync(path.join(tree, 'lib/earthshine'), { recursive: true });
    await expect(
      install(tree, { system: false, version: '1.0' }, say, environment),
    ).rejects.toThrow('no unpacked archive');
    expect(all(home())).toEqual([]);
  });
});

describe('what only root can do', () => {
  it('is one line each, the same as in the whole script, and a shell reads it', async () => {
    for (const firewall of ['firewalld', 'ufw', 'none'] as const) {
      const steps = await systemSteps(tree, firewall);
      expect(steps).toHaveLength(firewall === 'none' ? 2 : 3);
      const script = systemScript(steps);
      for (const { command } of steps) {
        expect(command).not.toContain('\n');
        expect(script.split('\n')).toContain(command);
        execFileSync('sh', ['-n', '-c', asRoot(command)]);
      }
      execFileSync('sh', ['-n', '-c', script]);
    }
  });

  it('writes the rules that a package brings', async () => {
    const [device] = await systemSteps(tree, 'none');
    const rules = path.join(folder, 'rules');
    const line = device!.command.split(' && ')[0]!.replace(/> \S+$/, `> ${rules}`);
    execFileSync('sh', ['-c', line]);
    const packaged = readFileSync(
      path.join(PACKAGED, 'lib/udev/rules.d/60-earthshine.rules'),
      'utf8',
    );
    expect(readFileSync(rules, 'utf8').trim().split('\n')).toEqual(
      packaged.split('\n').filter((text) => text !== '' && !text.startsWith('#')),
    );
    expect(statSync(rules).size).toBeGreaterThan(100);
  });
});
