import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter } from '../../src/client/line-splitter.ts';

describe('lines', () => {
  it('are the same however the bytes are cut', () => {
    const line = fc
      .string({ unit: 'grapheme', maxLength: 30 })
      .map((text) => text.replace(/[\r\n]/g, ''));
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 9 })),
        fc.constantFrom('\n', '\r\n'),
        (lines, cuts, end) => {
          const bytes = Buffer.from(lines.map((text) => text + end).join(''));
          const splitter = new LineSplitter();
          const got: string[] = [];
          let at = 0;
          for (const cut of cuts) {
            got.push(...splitter.push(bytes.subarray(at, at + cut)));
            at += cut;
          }
          got.push(...splitter.push(bytes.subarray(at)));
          expect(got).toEqual(
            lines.filter((text) => text !== '').map((text) => text.toWellFormed()),
          );
        },
      ),
    );
  });

  it('without an end are not collected for ever', () => {
    const splitter = new LineSplitter();
    expect(splitter.push(Buffer.alloc(60_000, 65))).toEqual([]);
    expect(() => splitter.push(Buffer.alloc(60_000, 65))).toThrow(RangeError);
    expect(() =>
      new LineSplitter().push(Buffer.concat([Buffer.alloc(70_000, 65), Buffer.from('\n')])),
    ).toThrow(RangeError);
  });
});
