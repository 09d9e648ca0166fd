import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { VideoViolation, VideoViolationCode } from '../../src/native/receiver-addon.ts';
import { violationSentence } from '../../src/client/video/violation-sentence.ts';

/** The names in the native table, in its order. */
function nativeCodes(): string[] {
  const url = new URL('../../../native/src/receive/violation.cc', import.meta.url);
  return [...readFileSync(url, 'utf8').matchAll(/^ +"([a-z-]+)",$/gm)].map((match) => match[1]!);
}

it('has a sentence of its own for every code of the native receiver', () => {
  const codes = nativeCodes();
  expect(codes.length).toBeGreaterThan(30);
  const sentences = codes.map((code) =>
    violationSentence({
      code: code as VideoViolationCode,
      frame: 3,
      block: 1,
      shard: 2,
      seen: 17,
      expected: 16,
    }),
  );
  expect(new Set(sentences).size).toBe(codes.length);
  for (const sentence of sentences) expect(sentence).toMatch(/^frame 3( block 1 shard 2)?: \S/);
});

it('says no place where none is known', () => {
  const violation: VideoViolation = {
    code: 'packet-size',
    frame: 0,
    block: 0,
    shard: 0,
    seen: 90,
    expected: 96,
  };
  expect(violationSentence(violation)).toBe('a video packet: has 90 bytes, announced were 96');
});
