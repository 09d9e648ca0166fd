import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/*
 * What a package holds that others wrote: for the licence texts that go with it and for its bill of materials (SPDX 2.3).
 * npm packages are those whose files the bundlers took, not those that a lock file names.
 */

/** Something that others wrote and a package carries. */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** SPDX expression; `NOASSERTION` where it is not told */
  readonly licence: string;
  /** files with the text of the licence */
  readonly texts: readonly string[];
  /** SHA-256 of the source archive, hexadecimal */
  readonly sha256?: string;
  /** package URL */
  readonly purl: string;
}

/** Every npm package of which a bundle took a file. @param files as the bundlers name them; @param root the checkout */
export function npmComponents(files: readonly string[], root: string): Component[] {
  const folders = new Set(files.flatMap((file) => packageFolder(path.resolve(root, file)) ?? []));
  return [...folders].sort().map(npmComponent);
}

/** `…/node_modules/@koa/router` of a file below it; undefined for a file of no package. */
export function packageFolder(file: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/@][^/]*(?=\/)/.exec(file)?.[0];
}

/** @throws Error for a package without a licence text: it must not be shipped so */
export function npmComponent(folder: string): Component {
  const { name, version, license } = JSON.parse(
    readFileSync(path.join(folder, 'package.json'), 'utf8'),
  ) as { name: string; version: string; license?: string | { type: string } };
  const licence = typeof license === 'string' ? license : (license?.type ?? 'NOASSERTION');
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|notice|third-party-notices)/i.test(file))
    .map((file) => path.join(folder, file));
  return {
    name,
    version,
    licence,
    texts,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
  };
}

const NATIVE_LICENCES: Readonly<Record<string, string>> = {
  x264: 'GPL-2.0-or-later',
  opus: 'BSD-3-Clause',
  ffmpeg: 'GPL-3.0-or-later',
  x265: 'GPL-2.0-or-later',
  'svt-av1': 'BSD-3-Clause-Clear',
  'nv-codec-headers': 'MIT',
};

/**
 * The libraries that are linked into the addon.
 *
 * @param versions a line each, as scripts/native-libraries writes them: name, source archive, SHA-256
 * @param texts where each has the folder NAME with its licence texts
 * @throws Error for one whose licence nobody has looked up
 */
export function nativeComponents(versions: string, texts: string): Component[] {
  return versions
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [name = '', archive = '', sha256 = ''] = line.split(' ');
      const licence = NATIVE_LICENCES[name];
      if (!licence) {
        throw new Error(
          `${name} is linked into the addon, and scripts/packages/inventory.ts does not know its licence.`,
        );
      }
      const version = /_([^_]+?)(?:\+ds)?\.orig\.tar/.exec(archive)?.[1] ?? archive;
      const folder = path.join(texts, name);
      return {
        name,
        version,
        licence,
        sha256,
        texts: existsSync(folder) ? readdirSync(folder).map((file) => path.join(folder, file)) : [],
        purl: `pkg:generic/${name}@${encodeURIComponent(version)}`,
      };
    });
}

/** The document of a package. @param made seconds since 1970, the same for the same sources */
export function spdxDocument(
  version: string,
  made: number,
  components: readonly Component[],
): string {
  const id = (name: string): string => `SPDXRef-${name.replace(/[^A-Za-z0-9.]+/g, '-')}`;
  const packages = [
    {
      SPDXID: 'SPDXRef-earthshine',
      name: 'earthshine',
      versionInfo: version,
      licenseDeclared: 'GPL-3.0-or-later',
      downloadLocation: 'NOASSERTION',
      filesAnalyzed: false,
    },
    ...components.map(({ name, version, licence, sha256, purl }) => ({
      SPDXID: id(`${name}-${version}`),
      name,
      versionInfo: version,
      licenseDeclared: licence,
      downloadLocation: 'NOASSERTION',
      filesAnalyzed: false,
      ...(sha256 && { checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }] }),
      externalRefs: [
        { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl },
      ],
    })),
  ];
  return `${JSON.stringify(
    {
      spdxVersion: 'SPDX-2.3',
      dataLicense: 'CC0-1.0',
      SPDXID: 'SPDXRef-DOCUMENT',
      name: `earthshine-${version}`,
      documentNamespace: `https://earthshine.github.io/sbom/${encodeURIComponent(version)}`,
      creationInfo: {
        created: new Date(made * 1000).toISOString().replace(/\.\d+/, ''),
        creators: ['Tool: scripts/package'],
      },
      packages,
      relationships: [
        {
          spdxElementId: 'SPDXRef-DOCUMENT',
          relationshipType: 'DESCRIBES',
          relatedSpdxElement: 'SPDXRef-earthshine',
        },
        ...components.map(({ name, version }) => ({
          spdxElementId: 'SPDXRef-earthshine',
          relationshipType: 'CONTAINS',
          relatedSpdxElement: id(`${name}-${version}`),
        })),
      ],
    },
    null,
    1,
  )}\n`;
}
