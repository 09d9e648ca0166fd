import { execFileSync } from 'node:child_process';
import path from 'node:path';

/**
 * Compiles one of the C programs that draw the tests' pictures.
 *
 * @param source path of its `main`
 * @param libraries names for pkg-config
 * @returns path of the program, in `folder`
 */
export function compilePictureProgram(
  source: string,
  folder: string,
  libraries: readonly string[] = [],
): string {
  const program = path.join(folder, path.basename(source, '.c'));
  const flags =
    libraries.length > 0
      ? execFileSync('pkg-config', ['--cflags', '--libs', ...libraries], { encoding: 'utf8' })
      : '';
  execFileSync('cc', [
    // prettier-ignore
    ...['-O3', '-Wall', '-Wextra', '-Werror', '-I', import.meta.dirname, '-o', program, source],
    path.join(import.meta.dirname, 'moving-scene.c'),
    ...flags.split(/\s+/).filter(Boolean),
    '-lm',
  ]);
  return program;
}
