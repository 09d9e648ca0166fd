import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/* What the distributions' own checkers say of the packages, and of what is in them. */

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const TREE = path.join(REPOSITORY, 'build/payload');
const made = (kind: 'deb' | 'rpm' | 'portable', end: RegExp): string => {
  const file = readdirSync(path.join(REPOSITORY, kind)).find((name) => end.test(name));
  if (!file) throw new Error(`${kind}/ holds no package: run scripts/package first`);
  return path.join(REPOSITORY, kind, file);
};

/** @returns everything that was printed, and the status */
function run(program: string, ...words: readonly string[]): { status: number; output: string } {
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    encoding: 'utf8',
    maxBuffer: 64e6,
  });
  if (error) throw error;
  return { status: status ?? -1, output: stdout + stderr };
}

describe('the .rpm', () => {
  const rpm = made('rpm', /\.rpm$/);
  const ask = (...words: readonly string[]): string[] =>
    execFileSync('rpm', ['--query', '--package', ...words, rpm], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .split('\n')
      .filter(Boolean);

  it('has nothing outside /usr, no scriptlet, and no file that asks for rights of its own', () => {
    expect(ask('--list').filter((file) => !file.startsWith('/usr/'))).toEqual([]);
    expect(ask('--scripts')).toEqual([]);
    expect(ask('--triggers')).toEqual([]);
    expect(ask('--filecaps').filter((line) => line.includes('='))).toEqual([]);
    expect(
      ask('--queryformat', '[%{FILEMODES:perms} %{FILENAMES}\\n]').filter((line) =>
        /^.{3}s|^.{6}s/.test(line),
      ),
    ).toEqual([]);
  });

  it('asks for no library by a version that only one Fedora has', () => {
    const versioned = ask('--requires').filter(
      (need) =>
        !/^(rpmlib\(|rtld\(GNU_HASH\)$|\/|ld-linux|lib[a-z0-9_+.-]+\.so[.\d]*(\(((GLIBC|GLIBCXX|CXXABI|GCC|LIBSYSTEMD|V)_[\d.]+)?\))?(\(64bit\))?$)/i.test(
          need,
        ),
    );
    expect(versioned).toEqual([]);
  });

  it('is what rpmlint takes', () => {
    const { output } = run('rpmlint', '--config', path.join(REPOSITORY, 'rpm/rpmlintrc.toml'), rpm);
    expect(output).toMatch(/ 0 errors, 0 warnings/);
  });
});

it('the .deb is what lintian takes', () => {
  const { output } = run(
    'lintian',
    '--allow-root',
    '--tag-display-limit',
    '0',
    '--fail-on',
    'none',
    made('deb', /\.deb$/),
  );
  expect(output.split('\n').filter((line) => /^[EW]: /.test(line))).toEqual([]);
});

it('a release is signed, and what was changed since is noticed', () => {
  const work = mkdtempSync(path.join(os.tmpdir(), 'earthshine-sign-'));
  const environment = { ...process.env, GNUPGHOME: path.join(work, 'gnupg') };
  const call = (program: string, ...words: readonly string[]) =>
    spawnSync(program, words, { encoding: 'utf8', cwd: work, env: environment });
  try {
    mkdirSync(environment.GNUPGHOME, { mode: 0o700 });
    const name = 'Throw-away <nobody@example.org>';
    const generate = ['--quick-generate-key', name, 'rsa2048', 'sign', '1d'];
    expect(call('gpg', '--batch', '--passphrase', '', ...generate).status).toBe(0);
    copyFileSync(made('rpm', /\.rpm$/), path.join(work, 'a.rpm'));
    writeFileSync(path.join(work, 'b.deb'), 'b');
    const sign = path.join(REPOSITORY, 'packaging/sign');
    expect(call(sign, name, 'SUMS', 'a.rpm', 'b.deb')).toMatchObject({ status: 0, stderr: '' });
    expect(call('sha256sum', '--check', 'SUMS').stdout).toBe('a.rpm: OK\nb.deb: OK\n');
    appendFileSync(path.join(work, 'SUMS'), '\n');
    expect(call('gpg', '--batch', '--verify', 'SUMS.asc', 'SUMS').status).toBe(1);
    expect(call(sign, 'nobody-else@example.org', 'SUMS', 'a.rpm').status).not.toBe(0);
  } finally {
    call('gpgconf', '--kill', 'all');
    rmSync(work, { recursive: true, force: true });
  }
});

it.each([
  ['deb', /\.deb$/],
  ['rpm', /\.rpm$/],
  ['portable', /\.tar\.zst$/],
] as const)('the %s is no larger than it has to be', (kind, end) => {
  // The least compression, which tests take, is larger by half.
  expect(statSync(made(kind, end)).size).toBeLessThan(64 * 1024 * 1024);
});

describe('what is in them', () => {
  it.each([
    [
      'appstreamcli',
      'validate',
      '--no-net',
      'share/metainfo/io.github.earthshine.Earthshine.metainfo.xml',
    ],
    ['desktop-file-validate', 'share/applications/io.github.earthshine.Earthshine.desktop'],
    ['desktop-file-validate', 'share/applications/earthshine-screencast.desktop'],
    ['xmllint', '--noout', 'lib/firewalld/services/earthshine.xml'],
    ['bash', '-n', 'share/bash-completion/completions/earthshine'],
    ['zsh', '-n', 'share/zsh/site-functions/_earthshine'],
    ['fish', '-n', 'share/fish/vendor_completions.d/earthshine.fish'],
  ])('%s takes it: %s %s %s', (program, ...words) => {
    const file = words.pop()!;
    expect(run(program, ...words, path.join(TREE, file)).status).toBe(0);
  });
});
