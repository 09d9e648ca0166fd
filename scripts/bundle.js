// Bundles the server into build/earthshine.cjs, the CommonJS file that is also what the single executable carries, and
// beside it build/discovery.cjs, which one thread runs: a bundle of its own keeps that thread small.
import { build } from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';

// A package names the build it is of (scripts/package).
const { EARTHSHINE_VERSION: version = JSON.parse(readFileSync('package.json', 'utf8')).version } =
  process.env;

const { metafile } = await build({
  entryPoints: [
    { in: 'server/src/main.ts', out: 'earthshine' },
    { in: 'server/src/discovery-thread.ts', out: 'discovery' },
  ],
  outdir: 'build',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  sourcemap: true,
  // Less to parse for a media process that a client waits for; names stay, for logs and stack traces.
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
  metafile: true,
  define: {
    'process.env.EARTHSHINE_VERSION': JSON.stringify(version),
  },
  // sqlite3 looks for its addon through `bindings`; ours loads it from where it lies on disk.
  alias: { bindings: './server/src/store/sqlite-binding.cjs' },
});

// Of whom a package carries something (scripts/packages/inventory.ts).
const files = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
writeFileSync('build/bundled-files.json', JSON.stringify([...new Set(files)].sort()));

// V8 keeps a source with one wide character at two bytes each, in every thread and process that loads it.
if (/[^\0-\x7f]/.test(readFileSync('build/earthshine.cjs', 'latin1'))) {
  throw new Error(
    'build/earthshine.cjs is not ASCII: write the character of a regular expression as \\u….',
  );
}
