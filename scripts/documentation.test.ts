import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..');

/** What git knows and what is new, as paths from the root; what is deleted only here is left out. */
function files(...patterns: string[]): string[] {
  return execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', ...patterns],
    { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 24 },
  )
    .split('\n')
    .filter((file) => file !== '' && existsSync(path.join(ROOT, file)));
}

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

/** The anchors of a page's headings, as the sites that show Markdown make them. */
function anchors(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The links of a page to other files and headings: as written, the file, the heading. */
function links(page: string): { link: string; file: string; heading: string }[] {
  return [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [target = '', heading = ''] = link.split('#');
      const file = target === '' ? page : path.join(path.dirname(page), target);
      return { link, file, heading };
    });
}

it('every link of a page leads to a file and to a heading', () => {
  const dead = files('*.md').flatMap((page) =>
    links(page)
      .filter(
        ({ file, heading }) =>
          !existsSync(path.join(ROOT, file)) ||
          (heading !== '' && !anchors(file).includes(heading)),
      )
      .map(({ link }) => `${page}: ${link}`),
  );
  expect(dead).toEqual([]);
});

it('every page stands in the table of contents', () => {
  const listed = new Set(links('docs/README.md').map(({ file }) => file));
  const pages = files('docs/*.md').filter((page) => page !== 'docs/README.md');
  expect(pages.length).toBeGreaterThan(20);
  expect(pages.filter((page) => !listed.has(page))).toEqual([]);
});

it('every page that a program, a comment or a script names is there', () => {
  const gone = files('*.ts', '*.svelte', '*.js', '*.cc', '*.h', '*.c', 'scripts/*', 'packaging/*')
    .flatMap((file) =>
      [...read(file).matchAll(/(?<![\w/.])(?:\.\.\/)*(docs\/[\w/-]+\.md)/g)].map(
        ([, page = '']) => ({
          file,
          page,
        }),
      ),
    )
    .filter(({ page }) => !existsSync(path.join(ROOT, page)))
    .map(({ file, page }) => `${file}: ${page}`);
  expect(gone).toEqual([]);
});
