import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { PROGRAM_COMMANDS } from '../../server/src/config/program-commands.ts';
import { optionOf, SETTING_NAMES } from '../../server/src/config/settings-table.ts';
import { CTL_COMMANDS } from '../../server/src/ctl/commands.ts';
import { bashCompletion, fishCompletion, zshCompletion } from './completions.ts';
import { nativeComponents, npmComponent, packageFolder, spdxDocument } from './inventory.ts';
import { configurationManual, programManual, roff } from './manual.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-packages-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const has = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((place) => existsSync(path.join(place, program)));

describe('the manual', () => {
  const edition = { version: '1.2.3', date: '2026-12-01' };

  it('names every command, option and setting', () => {
    const program = programManual(edition);
    for (const { name } of PROGRAM_COMMANDS) expect(program).toContain(`\\fB${roff(name)}\\fR`);
    for (const { name } of CTL_COMMANDS) expect(program).toContain(`\\fB${roff(name)}\\fR`);
    for (const name of SETTING_NAMES) {
      expect(program).toContain(roff(optionOf(name)));
      expect(configurationManual(edition)).toContain(`\\fB${name}\\fR`);
    }
  });

  it('holds no text that roff would take for a command', () => {
    expect(roff(".data 'x\n.so /etc/passwd \\n[x] a-b")).toBe(
      "\\&.data 'x\n\\&.so /etc/passwd \\en[x] a\\-b",
    );
  });

  it.runIf(has('mandoc'))('is what mandoc takes without a complaint', () => {
    for (const text of [programManual(edition), configurationManual(edition)]) {
      const { stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning'], {
        input: text,
        encoding: 'utf8',
      });
      expect(stdout).toBe('');
    }
  });
});

describe('completion', () => {
  /** What bash would offer for a line that ends where the cursor is. */
  function offered(line: string): string[] {
    const words = line.split(' ');
    const script = `${bashCompletion()}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_earthshine; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout.split('\n').filter(Boolean);
  }

  it('offers commands, their words, and the values of a choice', () => {
    expect(offered('earthshine ')).toEqual(PROGRAM_COMMANDS.map(({ name }) => name));
    expect(offered('earthshine ct')).toEqual(['ctl']);
    expect(offered('earthshine ctl pair ')).toEqual(['list', 'answer', 'refuse']);
    expect(offered('earthshine serve --pacing ')).toEqual(['smooth', 'burst', 'off']);
    expect(offered('earthshine --log-l')).toEqual(['--log-level']);
    expect(offered('earthshine install --sy')).toEqual(['--system']);
    expect(offered('earthshine --base-port ')).toEqual([]);
  });

  it.each([
    ['zsh', zshCompletion],
    ['fish', fishCompletion],
  ] as const)('is what %s can read', (shell, text) => {
    const file = path.join(folder, shell);
    writeFileSync(file, text());
    for (const { name } of CTL_COMMANDS) expect(text()).toContain(name.split(' ').at(-1));
    if (!has(shell)) return;
    const { status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});

describe('the inventory', () => {
  it('finds the package of a file, also one inside another', () => {
    expect(packageFolder('/x/node_modules/koa/lib/a.js')).toBe('/x/node_modules/koa');
    expect(packageFolder('/x/node_modules/@koa/router/a.js')).toBe('/x/node_modules/@koa/router');
    expect(packageFolder('/x/node_modules/a/node_modules/b/c.js')).toBe(
      '/x/node_modules/a/node_modules/b',
    );
    expect(packageFolder('/x/server/src/main.ts')).toBeUndefined();
  });

  it('takes licences and their texts from the packages themselves', () => {
    const own = path.join(folder, 'node_modules/own');
    mkdirSync(own, { recursive: true });
    writeFileSync(
      path.join(own, 'package.json'),
      '{"name":"own","version":"2.0.0","license":{"type":"ISC"}}',
    );
    writeFileSync(path.join(own, 'LICENCE.md'), 'text');
    expect(npmComponent(own)).toMatchObject({
      licence: 'ISC',
      texts: [path.join(own, 'LICENCE.md')],
      purl: 'pkg:npm/own@2.0.0',
    });
  });

  it('fails for a linked library whose licence nobody looked up', () => {
    const line = (name: string) => `${name} ${name}_1.5.2+ds.orig.tar.xz ${'ab'.repeat(32)}\n`;
    expect(nativeComponents(line('opus'), folder)[0]).toMatchObject({
      version: '1.5.2',
      licence: 'BSD-3-Clause',
    });
    expect(() => nativeComponents(line('unheard-of'), folder)).toThrow(/unheard-of/);
  });

  it('becomes a bill of materials with the same bytes for the same sources', () => {
    const one = nativeComponents(`x264 x264_0.164.orig.tar.gz ${'cd'.repeat(32)}`, folder);
    const text = spdxDocument('1.0', 0, one);
    expect(spdxDocument('1.0', 0, one)).toBe(text);
    const { packages, relationships } = JSON.parse(text) as {
      packages: { name: string; SPDXID: string }[];
      relationships: { relatedSpdxElement: string }[];
    };
    expect(packages.map(({ name }) => name)).toEqual(['earthshine', 'x264']);
    expect(relationships.at(-1)!.relatedSpdxElement).toBe(packages[1]!.SPDXID);
  });
});
