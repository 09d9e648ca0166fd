import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll, expect, it } from 'vitest';

/* Node without most of its Unicode data: what the program does with text it still does, in whatever language the machine is. */

const folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-icu-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Everything that formats, sorts or splits, in languages that are there and that are not. */
const TRIAL = `
  const languages = [undefined, 'de', 'ja', 'zh-Hant', 'th-u-ca-buddhist', 'ar-u-nu-arab', 'km', 'xx'];
  for (const language of languages) {
    ['z', 'ä', 'a'].sort((one, other) => one.localeCompare(other, language));
    new Date(0).toLocaleString(language);
    new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'full', timeZone: 'Asia/Tokyo' }).format(0);
    new Intl.NumberFormat(language, { style: 'currency', currency: 'EUR' }).format(1.5);
    new Intl.PluralRules(language).select(2);
    for (const granularity of ['grapheme', 'word', 'sentence']) {
      [...new Intl.Segmenter(language, { granularity }).segment('สวัสดี 日本語 hello')];
    }
  }
  console.log(JSON.stringify([
    [...new Intl.Segmenter().segment('👩‍👩‍👧é')].length,
    'é'.normalize('NFKD').length,
    /\\p{M}/u.test('\\u0301'),
    ['z', 'ä', 'a'].sort((one, other) => one.localeCompare(other)).join(''),
    new TextDecoder('windows-1252').decode(Buffer.from([0x80, 0xe4])),
    new TextDecoder('utf-16be').decode(Buffer.from([0, 0x61])),
  ]));
`;

it('Node keeps what the program needs of it, and misses nothing else in any language', () => {
  const node = path.join(folder, 'node');
  copyFileSync(process.execPath, node);
  const said = execFileSync(
    process.execPath,
    [path.join(import.meta.dirname, 'smaller-icu.ts'), node],
    { encoding: 'utf8' },
  );
  expect(Number(/([\d.]+) MB/.exec(said)?.[1])).toBeGreaterThan(20);
  for (const language of ['C', 'de_DE.UTF-8', 'ja_JP.UTF-8', 'th_TH.UTF-8']) {
    const environment = { ...process.env, LC_ALL: language, NODE_OPTIONS: '' };
    const answer = execFileSync(node, ['-e', TRIAL], { encoding: 'utf8', env: environment });
    expect(JSON.parse(answer)).toEqual([2, 2, true, 'aäz', '€ä', 'a']);
  }
});
