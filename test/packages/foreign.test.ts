import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { until } from '../e2e/support/processes.ts';
import { ForeignMachine } from './support/foreign-machine.ts';
import type { Failure } from './support/foreign-machine.ts';

/*
 * Each package on a system that it was not built on, with a user manager but nobody signed in, as on a machine that streams
 * before somebody does: installed, opened, paired with, played on, upgraded and removed.
 */

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const support = (name: string): string => path.join(import.meta.dirname, 'support', name);
const NEWER = '99.0';
const PIN = '4711';

/** How each kind is put there and taken away; @param newer in its own form, of a later version */
interface Kind {
  readonly name: 'deb' | 'rpm' | 'portable';
  readonly install: (machine: ForeignMachine) => Promise<unknown>;
  readonly upgrade: (machine: ForeignMachine) => Promise<unknown>;
  readonly remove: (machine: ForeignMachine) => Promise<unknown>;
  /** the system's own part is written to by its package tool alone */
  readonly system: boolean;
}

const KINDS: readonly Kind[] = [
  {
    name: 'deb',
    install: (machine) => machine.root('dpkg -i /packages/deb/earthshine_*.deb'),
    upgrade: (machine) => machine.root('dpkg -i /packages/newer/*.deb'),
    remove: (machine) => machine.root('dpkg --purge earthshine'),
    system: true,
  },
  {
    name: 'rpm',
    // Debian's own packages are no news to rpm, which knows of none.
    install: (machine) => machine.root('rpm -i --nodeps /packages/rpm/earthshine-*.rpm'),
    upgrade: (machine) => machine.root('rpm -U --nodeps /packages/newer/*.rpm'),
    remove: (machine) => machine.root('rpm -e earthshine'),
    system: true,
  },
  {
    name: 'portable',
    install: (machine) => machine.player(unpackAndInstall('/packages/portable')),
    upgrade: (machine) => machine.player(unpackAndInstall('/packages/newer')),
    remove: (machine) => machine.player('earthshine uninstall'),
    system: false,
  },
];

const unpackAndInstall = (folder: string): string =>
  `rm -rf archive && mkdir archive && tar -C archive --strip-components=1 -xf ${folder}/earthshine-*.tar.zst && ` +
  './archive/earthshine install && rm -rf archive';

/** The same tree once more as a later version, compressed least. */
let newer: string;
beforeAll(() => {
  newer = mkdtempSync(path.join(os.tmpdir(), 'earthshine-newer-'));
  const tree = path.join(newer, 'payload');
  cpSync(path.join(REPOSITORY, 'build/payload'), tree, { recursive: true });
  // Behind its end nothing of it is read; the same bytes would be the same version to an archive.
  appendFileSync(path.join(tree, 'lib/earthshine/earthshine.node'), 'newer');
  for (const name of ['packaging', 'deb', 'rpm', 'portable']) {
    cpSync(path.join(REPOSITORY, name), path.join(newer, name), {
      recursive: true,
      filter: (file) => !/\.(deb|rpm|zst)$/.test(file),
    });
    if (name === 'packaging') continue;
    const made = execFileSync(
      path.join(newer, name, 'build'),
      [tree, NEWER, '1800000000', 'fast'],
      { encoding: 'utf8' },
    ).trim();
    cpSync(made, path.join(newer, 'newer', path.basename(made)));
  }
}, 600_000);
afterAll(() => rmSync(newer, { recursive: true, force: true }));

describe.each(KINDS)('$name', (kind) => {
  let machine: ForeignMachine;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-foreign-'));
    machine = ForeignMachine.boot(path.join(newer, 'newer'));
    await machine.root('loginctl enable-linger player');
    await until(
      () =>
        machine.player('systemctl --user is-active default.target').then(
          () => true,
          () => undefined,
        ),
      30_000,
      () => 'the user manager did not come up',
    );
  }, 120_000);
  afterAll(() => {
    machine?.halt();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    process.stderr.write(
      await machine.root('journalctl --no-pager --lines 60 --output cat').catch(String),
    );
  });

  const unit = (property: string): Promise<string> =>
    machine.player(`systemctl --user show --value --property ${property} earthshine`);
  const answers = (): Promise<true> =>
    until(
      () =>
        machine.player('earthshine ctl status --json').then(
          () => true as const,
          () => undefined,
        ),
      60_000,
      () => 'the host does not answer',
    );

  const play = async (): Promise<{ pictureAt: number; output: string }> => {
    const output = await machine.inNetwork(
      0,
      process.execPath,
      support('play.ts'),
      path.join(folder, 'pairing'),
      PIN,
    );
    expect(output).toContain('played');
    return { pictureAt: Number(/picture (\d+)/.exec(output)?.[1]), output };
  };

  it('is opened by its owner, who sets a password without a secret, and by nobody else', async () => {
    const began = Date.now();
    await kind.install(machine);
    // A browser that shows nothing and keeps where it was led.
    await machine.root(
      `printf '#!/bin/sh\\ncp "$1" /home/player/shown.new && mv /home/player/shown.new /home/player/shown\\n' > /usr/local/bin/xdg-open && chmod 755 /usr/local/bin/xdg-open`,
    );
    const opening = machine.player('earthshine open');
    opening.catch(() => undefined);
    const page = await until(
      () => machine.player('cat shown').catch(() => undefined),
      60_000,
      () => 'no browser was opened',
    );
    const [, port = '', token = ''] = /localhost:(\d+)\/#login=([\w-]+)/.exec(page) ?? [];
    const browse = (uid: number) =>
      machine.inNetwork(uid, process.execPath, support('browse.ts'), port, token);
    // Another user of the machine who got hold of it.
    expect(await browse(65534)).toMatch(/^403 401 .*link-over/);
    expect(await browse(1000)).toMatch(/^200 401 .*"secret"/);
    await opening;
    expect(await unit('ActiveState')).toBe('active\n');
    expect(await unit('UnitFileState')).toBe('enabled\n');

    const playing = play();
    playing.catch(() => undefined);
    await until(
      () =>
        machine.player(`earthshine ctl pair answer --pin ${PIN}`).then(
          () => true,
          () => undefined,
        ),
      30_000,
      () => 'no device waited for its PIN',
    );
    const { pictureAt } = await playing;
    process.stderr.write(`${kind.name}: install to first picture ${pictureAt - began} ms\n`);
    expect(pictureAt - began).toBeLessThan(120_000);
  });

  it.runIf(kind.system)('has a unit and rules that the newer systemd takes', async () => {
    const unitFile = '/usr/lib/systemd/user/earthshine.service';
    const words = 'systemd-analyze --user verify --man=no --recursive-errors=no';
    expect(await machine.player(`${words} ${unitFile} 2>&1`)).toBe('');
    const rules = '/usr/lib/udev/rules.d/60-earthshine.rules';
    expect(await machine.root(`udevadm verify --no-summary ${rules} 2>&1`)).toBe('');
  });

  it('comes up by itself where nobody is signed in', async () => {
    await machine.root('systemctl restart user@1000.service');
    await answers();
  });

  it.runIf(kind.system)('needs to write nothing below /usr', async () => {
    await machine.root('mount --bind /usr /usr && mount -o remount,bind,ro /usr');
    await machine.player('systemctl --user restart earthshine');
    await answers();
    await play();
    await machine.root('mount -o remount,bind,rw /usr');
  });

  it('starts anew after an upgrade while nobody streams, with its devices', async () => {
    const before = await unit('MainPID');
    await kind.upgrade(machine);
    await until(
      async () =>
        ((await unit('MainPID')) !== before && (await unit('ActiveState')) === 'active\n') ||
        undefined,
      60_000,
      () => 'the host did not start anew',
    );
    await answers();
    await play();
  });

  it('keeps itself in a backup while it runs, and refuses to restore it until it is stopped', async () => {
    const restore = 'echo an owl counts to seven | earthshine restore kept.backup';
    await machine.player('echo an owl counts to seven | earthshine backup kept.backup');
    expect(await machine.player(`${restore} --dry-run`)).toMatch(/1 device: .*\n/);
    await expect(machine.player(restore)).rejects.toThrow('Another Earthshine');
    await machine.player(`systemctl --user stop earthshine && ${restore}`);
    await machine.player('systemctl --user start earthshine');
    await answers();
    await play();
    await machine.player('rm -r kept.backup .local/share/earthshine/before-restore-*');
  });

  it('leaves a store alone that a newer version has written, and says what to do', async () => {
    const store = '.local/share/earthshine/earthshine.sqlite';
    // Where SQLite keeps the number of its shape.
    const shape = (from: string): Promise<string> =>
      machine.player(`${from} | dd of=${store} bs=1 seek=60 conv=notrunc status=none`);
    await machine.player(
      `systemctl --user stop earthshine && dd if=${store} of=shape bs=1 skip=60 count=4 status=none`,
    );
    await shape(`printf '\\000\\000\\003\\350'`);
    await expect(machine.player('earthshine serve')).rejects.toThrow(
      'was written by a newer Earthshine',
    );
    await shape('cat shape');
    await machine.player('rm shape && systemctl --user start earthshine');
    await answers();
    await play();
  });

  it('leaves the owner’s data and nothing else', async () => {
    const isKept =
      /^\/home\/player\/(\.local\/share\/earthshine\/|\.bash|\.profile|shown|\.config\/systemd\/user\/default\.target\.wants)/;
    await machine
      .player('systemctl --user disable --now earthshine')
      .catch((error: Failure) => expect(kind.system, error.stderr).toBe(false));
    await kind.remove(machine);
    const left = await machine.root(
      'find / -xdev ! -type d -iname "*earthshine*" ! -path "/proc/*" ! -path "/packages/*" ! -path "/run/*" ! -path "/tmp/*"; find /home/player ! -type d',
    );
    const files = [...new Set(left.split('\n').filter(Boolean))];
    expect(
      files.filter(
        (file) =>
          !isKept.test(file) && !file.includes('/var/lib/dpkg') && !file.includes('/var/lib/rpm'),
      ),
    ).toEqual([]);
    expect(files.some((file) => file.endsWith('/earthshine.sqlite'))).toBe(true);
  });
});

it('is shown as it is made: a folder for each kind', () => {
  for (const name of ['deb', 'rpm', 'portable']) {
    const files = readdirSync(path.join(REPOSITORY, name));
    expect(files.filter((file) => /\.(deb|rpm|zst)$/.test(file))).toHaveLength(1);
  }
  expect(readFileSync(path.join(REPOSITORY, 'build/SHA256SUMS'), 'utf8').split('\n')).toHaveLength(
    5,
  );
});
