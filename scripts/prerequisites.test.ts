import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

// A machine that is no Debian: a PATH with what every system has, and what the test adds.

const EVERYWHERE = ['bash', 'awk', 'cat', 'dirname', 'mkdir', 'sed', 'sort', 'tail', 'tr', 'id'];

let bin: string;
beforeEach(() => {
  bin = mkdtempSync(path.join(os.tmpdir(), 'earthshine-bin-'));
  for (const name of EVERYWHERE) {
    const from = ['/usr/bin', '/bin'].map((folder) => path.join(folder, name)).find(existsSync);
    symlinkSync(from!, path.join(bin, name));
  }
});
afterEach(() => rmSync(bin, { recursive: true }));

function add(...commands: string[]): void {
  for (const name of commands) {
    writeFileSync(path.join(bin, name), '#!/bin/bash\n', { mode: 0o755 });
  }
}

function prerequisites(purpose: 'build' | 'test') {
  const script = path.join(import.meta.dirname, 'prerequisites');
  const { status, stderr } = spawnSync(path.join(bin, 'bash'), [script, purpose], {
    encoding: 'utf8',
    env: { PATH: bin, HOME: bin, EARTHSHINE_CACHE: path.join(bin, 'cache') },
  });
  const fedora = /sudo dnf install (.*)/.exec(stderr)?.[1]?.split(' ');
  return { status, stderr, fedora };
}

describe('on another distribution', () => {
  it('the packages that building needs are named, and only those', () => {
    const { status, stderr, fedora } = prerequisites('build');
    expect(status).toBe(1);
    expect(stderr).toContain('This is not Debian or Ubuntu');
    expect(stderr).toContain('  g++\n');
    expect(stderr).toContain('  the development files of libpipewire-0.3\n');
    expect(fedora).toEqual(expect.arrayContaining(['gcc-c++', 'libxcb-devel', 'pipewire-devel']));
    // Six modules of one package.
    expect(fedora!.filter((name) => name === 'libxcb-devel')).toHaveLength(1);
    expect(stderr).toContain('  cmake\n');
    expect(stderr).not.toContain('clang-tidy');
  });

  it('so are those that the tests run', () => {
    // pkg-config that knows everything
    add('g++', 'make', 'pkg-config', 'nasm', 'python3', 'npm', 'cmake', 'chromium-browser');
    const { status, stderr, fedora } = prerequisites('test');
    expect(status).toBe(1);
    expect(fedora).toEqual(
      expect.arrayContaining(['clang-tools-extra', 'strace', 'xorg-x11-server-Xvfb']),
    );
    expect(stderr).toContain('  Xvfb\n');
    for (const there of ['g++', 'libpipewire', 'cmake', 'chromium']) {
      expect(stderr).not.toContain(`  ${there}\n`);
    }
    expect(fedora).not.toContain('cmake');
    expect(fedora).not.toContain('chromium');
  });
});
