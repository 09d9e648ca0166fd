import { readFile, readdir, readlink, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** Where distributions keep the libraries of encoders that are opened by name, and VA-API's drivers. */
const LIBRARY_FOLDERS = [
  'usr/lib/x86_64-linux-gnu',
  'usr/lib/aarch64-linux-gnu',
  'usr/lib64',
  'usr/lib',
];
const LIBRARIES = ['libva.so.2', 'libnvidia-encode.so.1', 'libx265.so.215', 'libx265.so.199'];

/**
 * What the encoders of this machine depend on beside this program: processor, kernel with its drivers, graphics
 * cards, their drivers' libraries, NVIDIA's driver. Two equal strings mean that what was found before is so still.
 *
 * @param root for tests
 */
export async function driverVersion(root = '/'): Promise<string> {
  const at = (name: string): string => path.join(root, name);
  const content = (name: string): Promise<string> => readFile(at(name), 'utf8').catch(() => '');
  const nodes = await readdir(at('sys/class/drm')).catch((): string[] => []);
  const cards = await Promise.all(
    nodes
      .filter((name) => name.startsWith('renderD'))
      .sort()
      .map(async (name) => {
        const device = `sys/class/drm/${name}/device`;
        const driver = await readlink(at(`${device}/driver`)).catch(() => '');
        const ids = await Promise.all(['vendor', 'device'].map((id) => content(`${device}/${id}`)));
        return [name, path.basename(driver), ...ids.map((id) => id.trim())].join(' ');
      }),
  );
  const libraries = await librariesOf(at);
  const nvidia = (await content('proc/driver/nvidia/version')).split('\n', 1)[0]!;
  return [os.cpus()[0]?.model ?? '', os.release(), ...cards, ...libraries, nvidia]
    .filter(Boolean)
    .join('; ');
}

/** Each library that is there, with the second of its last change: an update of it is one of its driver. */
async function librariesOf(at: (name: string) => string): Promise<string[]> {
  const found = await Promise.all(
    LIBRARY_FOLDERS.map(async (folder) => {
      const drivers = await readdir(at(`${folder}/dri`)).catch((): string[] => []);
      const names = drivers.filter((name) => name.endsWith('_drv_video.so')).sort();
      const files = [...LIBRARIES, ...names.map((name) => `dri/${name}`)];
      return Promise.all(
        files.map(async (file) => {
          const status = await stat(at(`${folder}/${file}`)).catch(() => undefined);
          return status && `${path.basename(file)} ${Math.floor(status.mtimeMs / 1000)}`;
        }),
      );
    }),
  );
  return [...new Set(found.flat().filter((one) => one !== undefined))];
}
