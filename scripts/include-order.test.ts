import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readOrder, upwardIncludes } from './include-order.ts';

const order = readOrder('x\n\n```native-order\nbase\npacket convert\nencode\n```\n');

it('reads the order from its block, and finds the one of this tree', () => {
  expect([...order]).toEqual([
    ['base', 0],
    ['packet', 1],
    ['convert', 1],
    ['encode', 2],
  ]);
  const document = path.join(import.meta.dirname, '../docs/architecture.md');
  expect(readOrder(readFileSync(document, 'utf8')).get('base')).toBe(0);
  expect(() => readOrder('no block')).toThrow('native-order');
});

it.each([
  ['packet', '#include "base/clock.h"\n#include "packet/arena.h"\n#include <poll.h>\n', []],
  [
    'base',
    '#include "packet/arena.h"\n',
    ['f includes packet/arena.h, which stands beside or above base'],
  ],
  [
    'packet',
    '#include "convert/damage.h"\n',
    ['f includes convert/damage.h, which stands beside or above packet'],
  ],
  [
    'encode',
    '#include "new/thing.h"\n',
    ['f includes new/thing.h, a folder that has no place in the order'],
  ],
  ['new', '', ['f: the folder new has no place in the order']],
])('in %s, %j gives %j', (folder, text, expected) => {
  expect(upwardIncludes(order, folder, 'f', text)).toEqual(expected);
});
