import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter } from '../../src/client/line-splitter.ts';
import { parseSpeedTestLine } from '../../src/client/speed-test-line.ts';
import { XmlAnswer } from '../../src/client/xml-answer.ts';
import { FUZZ_RUNS, keptInputs, mutations } from '../corpus/corpus-of-bytes.ts';
import { fuzz } from '../corpus/fuzz.ts';

function checkLine(bytes: Buffer): void {
  const line = parseSpeedTestLine(bytes.toString('utf8'));
  switch (line?.kind) {
    case 'session':
      expect(line.port > 0 && line.port < 65_536).toBe(true);
      expect(line.pingPayload).toHaveLength(16);
      expect(Buffer.from(line.key, 'hex')).toHaveLength(16);
      expect(line.kbps > 0 && line.kbps <= 3_000_000).toBe(true);
      expect(line.seconds > 0 && line.seconds <= 10).toBe(true);
      return;
    case 'sent':
      expect(line.steps.length).toBeLessThanOrEqual(64);
      for (const step of line.steps) {
        for (const value of Object.values(step))
          expect(Number.isFinite(value) && value >= 0).toBe(true);
      }
      return;
    case 'failed':
      expect(line.message.length).toBeLessThanOrEqual(1000);
  }
}

/** JSON that is nearly what a host says finds more than bytes do. */
const nearly = fc
  .record(
    {
      kind: fc.constantFrom('session', 'sending', 'sent', 'failed', 'x'),
      id: fc.constantFrom('0123456789abcdef', '', '0123456789ABCDEF'),
      port: fc.oneof(fc.integer(), fc.constantFrom(47998, 0, 65536)),
      pingPayload: fc.oneof(fc.string(), fc.constant('0123456789abcdef')),
      key: fc.constantFrom('00'.repeat(16), '00'.repeat(17), 7),
      kbps: fc.double(),
      seconds: fc.integer({ min: -1, max: 12 }),
      end: fc.constantFrom('finished', 'silent', 'x'),
      method: fc.constantFrom('gso', 'none'),
      message: fc.string({ maxLength: 1200 }),
      steps: fc.array(
        fc.record({
          kbps: fc.nat(),
          firstSequence: fc.maxSafeNat(),
          packets: fc.maxSafeInteger(),
          unsent: fc.nat(),
          duration: fc.double({ min: 0, max: 70_000 }),
        }),
        { maxLength: 70 },
      ),
    },
    { requiredKeys: ['kind'] },
  )
  .map((value) => Buffer.from(JSON.stringify(value)));

describe('a line of a speed test', () => {
  const kept = keptInputs('speed-test-line');
  it.each(kept)('takes $name', ({ bytes }) => checkLine(bytes));
  it('is one of those that a host says, or nothing', async () => {
    const known = kept.filter(({ name }) => !name.startsWith('not-'));
    for (const { bytes } of known) expect(parseSpeedTestLine(bytes.toString('utf8'))).toBeDefined();
    const inputs = fc.oneof(mutations(kept.map(({ bytes }) => bytes)), nearly);
    await fuzz(fc.property(inputs, checkLine));
  });
});

describe('what a host answers instead', () => {
  it('is read as XML, or refused', async () => {
    const refusal = Buffer.from('<root status_code="403" status_message="No &quot;thing&quot;."/>');
    await fuzz(
      fc.property(mutations([refusal]), (bytes) => {
        try {
          const answer = new XmlAnswer(bytes.toString('utf8'));
          expect(Number.isInteger(answer.status)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });

  it('comes as lines of any bytes', async () => {
    await fuzz(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (chunks) => {
        const splitter = new LineSplitter();
        for (const chunk of chunks) {
          for (const line of splitter.push(chunk)) {
            expect(line).not.toContain('\n');
            expect(line).not.toBe('');
          }
        }
      }),
      Math.ceil(FUZZ_RUNS / 10),
    );
  });
});
