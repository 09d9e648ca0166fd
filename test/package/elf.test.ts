import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

/*
 * What is shipped starts on every system that it says: no symbol of a newer C library than Ubuntu 22.04's, and no shared
 * library that a target does not carry under the same soname.
 */

/** The newest version of each library's symbols that every target has. */
const NEWEST: Readonly<Record<string, string>> = {
  GLIBC: '2.35',
  GLIBCXX: '3.4.30',
  CXXABI: '1.3.13',
  GCC: '12.0.0',
};

/**
 * Each soname, and why it is there everywhere: Fedora 43 to 45 and Bazzite carry it in their images, Debian 12 and 13 and
 * Ubuntu 24.04 to 26.04 bring it by the package's dependencies or with any desktop.
 */
const CARRIED: Readonly<Record<string, string>> = {
  'ld-linux-x86-64.so.2': 'the C library',
  'libc.so.6': 'the C library',
  'libm.so.6': 'the C library',
  'libdl.so.2': 'the C library',
  'libpthread.so.0': 'the C library',
  'librt.so.1': 'the C library',
  'libresolv.so.2': 'the C library',
  'libgcc_s.so.1': 'of the compiler, as the C++ library',
  'libstdc++.so.6': 'of the compiler; Mesa, PipeWire and every desktop have it',
  'libatomic.so.1': 'of the compiler',
  'libsystemd.so.0': 'the init system of every target',
  'libpipewire-0.3.so.0':
    'pipewire-libs of Fedora and Bazzite, libpipewire-0.3-0(t64) of Debian and Ubuntu',
  'libxcb.so.1': 'of every desktop: Xwayland, Mesa and GTK use it',
  'libxcb-shm.so.0': 'with libxcb; one package on Fedora',
  'libxcb-xfixes.so.0': 'with libxcb; one package on Fedora',
  'libxcb-randr.so.0': 'with libxcb; one package on Fedora',
  'libxcb-xtest.so.0': 'with libxcb; one package on Fedora',
  'libxcb-damage.so.0': 'with libxcb; one package on Fedora',
  'libwayland-client.so.0': 'of every desktop: Mesa and GTK use it',
  'libxkbcommon.so.0': 'of every desktop: GTK, Qt and libinput use it',
  'libva.so.2': 'of every desktop: Mesa and FFmpeg use it',
  'libva-drm.so.2': 'with libva',
  'libdrm.so.2': 'of every desktop: Mesa uses it',
  'libvips-cpp.so': 'the drawing library’s own, beside it in the package',
};

const TREE =
  process.env['EARTHSHINE_E2E_PROGRAM'] && path.dirname(process.env['EARTHSHINE_E2E_PROGRAM']);

let files: string[];
beforeAll(() => {
  expect(TREE, 'scripts/test package names the program').toBeTruthy();
  files = readdirSync(TREE!, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).subarray(0, 4).toString('latin1') === '\x7fELF');
});

const readelf = (option: string, file: string): string =>
  execFileSync('readelf', ['--wide', option, file], {
    encoding: 'utf8',
    maxBuffer: 64e6,
    stdio: ['ignore', 'pipe', 'ignore'],
  });

describe('what is shipped', () => {
  it('is a program, its addons and the drawing library', () => {
    const names = files.map((file) => path.basename(file));
    expect(names).toEqual(
      expect.arrayContaining(['earthshine', 'earthshine.node', 'node_sqlite3.node']),
    );
  });

  it('needs no shared library that a target may not have', () => {
    const strange = files.flatMap((file) =>
      [...readelf('--dynamic', file).matchAll(/\(NEEDED\).*\[(.*)\]/g)]
        .map(([, soname]) => soname!)
        // The drawing library's carries its version in its name.
        .filter((soname) => !(soname.replace(/(?<=\.so)\.[\d.]+$/, '') in CARRIED))
        .filter((soname) => !(soname in CARRIED))
        .map((soname) => `${path.basename(file)}: ${soname}`),
    );
    expect(
      strange,
      'a new soname needs its reason in CARRIED, or to be opened at run time',
    ).toEqual([]);
  });

  it('needs no symbol that is newer than the oldest target', () => {
    const newer = files.flatMap((file) => {
      const needs = readelf('--version-info', file).split('Version needs section')[1] ?? '';
      return [...needs.matchAll(/Name: (GLIBC|GLIBCXX|CXXABI|GCC)_(\d[\d.]*)/g)]
        .filter(([, library, version]) => isNewer(version!, NEWEST[library!]!))
        .map(([, library, version]) => `${path.basename(file)}: ${library}_${version}`);
    });
    expect([...new Set(newer)]).toEqual([]);
  });

  it('hides what is linked into the addon, beside whose symbols Node’s own lie', () => {
    const addon = files.find((file) => path.basename(file) === 'earthshine.node')!;
    const exported = readelf('--dyn-syms', addon)
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(
        ([, , , type, bind, visibility, section]) =>
          type === 'FUNC' && bind === 'GLOBAL' && visibility === 'DEFAULT' && section !== 'UND',
      )
      .map(([, , , , , , , name = '']) => name.split('@')[0]!);
    expect(exported.filter((name) => !/^(napi_|node_api_|_init$|_fini$)/.test(name))).toEqual([]);
  });
});

function isNewer(version: string, than: string): boolean {
  const [one, other] = [version, than].map((text) => text.split('.').map(Number));
  for (let index = 0; index < Math.max(one!.length, other!.length); index++) {
    const difference = (one![index] ?? 0) - (other![index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
