import fc from 'fast-check';
import { expect, it } from 'vitest';

import { OutputLines } from '../../src/processes/output-lines.ts';

function lines(parts: readonly Buffer[]): string[] {
  const seen: string[] = [];
  const output = new OutputLines((line) => seen.push(line));
  for (const part of parts) output.push(part);
  output.end();
  return seen;
}

it('puts lines together however they arrive, signs of several bytes too', () => {
  const bytes = Buffer.from('first\r\nzweite Zeile: äöü 🌘\n\n  \nlast\twithout end');
  const whole = ['first', 'zweite Zeile: äöü 🌘', 'last without end'];
  expect(lines([bytes])).toEqual(whole);
  fc.assert(
    fc.property(fc.nat(bytes.length), fc.nat(bytes.length), (a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      expect(
        lines([bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)]),
      ).toEqual(whole);
    }),
  );
});

it('cuts a line that never ends, and drops what would play with a terminal', () => {
  const parts = Array.from({ length: 100 }, () => Buffer.from('x'.repeat(1000)));
  expect(lines(parts)).toEqual([`${'x'.repeat(1000)}…`]);
  expect(lines([Buffer.from('\u001b[31mred\u0007\n')])).toEqual(['[31mred']);
});
