import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readConfigurationFile } from '../../src/config/configuration-file.ts';
import { OptionError } from '../../src/config/option-error.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-configuration-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (content: string): unknown => {
  const file = path.join(folder, 'file.json');
  writeFileSync(file, content);
  return readConfigurationFile(file);
};

describe('the configuration file', () => {
  it('gives values as they stand there', () => {
    expect(read('{"basePort": 50000, "bind": ["::1"]}')).toEqual({
      basePort: 50000,
      bind: ['::1'],
    });
  });

  it.each([
    ['{"colour": "red"}', 'has an unknown key "colour".'],
    ['{"constructor": 1}', 'has an unknown key "constructor".'],
    ['[]', 'does not hold a JSON object'],
    ['null', 'does not hold a JSON object'],
    ['{"basePort": }', 'is not JSON: '],
  ])('refuses %s', (content, why) => {
    expect(() => read(content)).toThrow(OptionError);
    expect(() => read(content)).toThrow(`The configuration file ${folder}/file.json ${why}`);
  });

  it('says when there is none', () => {
    expect(() => readConfigurationFile('/nowhere/a.json')).toThrow(
      '/nowhere/a.json does not exist.',
    );
    expect(() => readConfigurationFile(folder)).toThrow('is a folder.');
  });
});
