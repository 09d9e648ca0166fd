import { readFile, readdir, readlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/**
 * What the encoders of this machine depend on beside this program: processor, kernel with its drivers, graphics
 * cards, NVIDIA's driver. Two equal strings mean that what was found before is so still.
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
  const nvidia = (await content('proc/driver/nvidia/version')).split('\n', 1)[0]!;
  return [os.cpus()[0]?.model ?? '', os.release(), ...cards, nvidia].filter(Boolean).join('; ');
}
