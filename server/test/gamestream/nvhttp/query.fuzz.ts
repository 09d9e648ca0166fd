import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LaunchRefused } from '../../../src/gamestream/launches.ts';
import {
  LaunchMalformed,
  readLaunchParameters,
} from '../../../src/gamestream/nvhttp/launch-parameters.ts';
import { MAX_TARGET_LENGTH, parseTarget } from '../../../src/gamestream/nvhttp/query.ts';
import { renderXml } from '../../../src/gamestream/nvhttp/xml.ts';
import { keptInputs, mutations } from '../../corpus/corpus-of-bytes.ts';
import { fuzz } from '../../corpus/fuzz.ts';

function checkTarget(bytes: Buffer): void {
  const text = bytes.toString('latin1');
  const target = parseTarget(text);
  if (!target) return;
  expect(text.startsWith('/')).toBe(true);
  expect(text.length).toBeLessThanOrEqual(MAX_TARGET_LENGTH);
  expect(target.query.size).toBeLessThanOrEqual(64);
  for (const part of [target.path, ...target.query.keys(), ...target.query.values()]) {
    // eslint-disable-next-line no-control-regex
    expect(part).not.toMatch(/[\u0000-\u001f\u007f]/);
  }
  for (const name of target.query.keys()) expect(name).toMatch(/^.{1,64}$/su);
}

function checkLaunch(bytes: Buffer): void {
  const target = parseTarget(`/launch?${bytes.toString('latin1')}`);
  if (!target) return;
  for (const kind of ['launch', 'resume'] as const) {
    try {
      const { gameId, request } = readLaunchParameters(target.query, kind);
      if (gameId !== undefined) expect(gameId > 0 && gameId < 2 ** 31).toBe(true);
      if (kind === 'launch') expect(gameId).toBeDefined();
      for (const side of [request.width, request.height]) {
        expect(Number.isInteger(side) && side >= 1 && side <= 16_384).toBe(true);
      }
      expect(Number.isInteger(request.fps) && request.fps >= 1 && request.fps <= 1000).toBe(true);
      expect(request.key).toHaveLength(16);
      expect(request.keyId === request.keyId >>> 0).toBe(true);
      expect([2, 6, 8]).toContain(request.channels);
      if (request.surroundParams !== undefined) {
        expect(request.surroundParams).toMatch(/^[68]\d{8,10}$/);
        expect(request.surroundParams).toHaveLength(3 + request.channels);
      }
      expect(request.gamepads >= 0 && request.gamepads <= 0xffff).toBe(true);
    } catch (error) {
      // A picture that no encoder makes is well formed, and refused with a sentence.
      if (error instanceof LaunchRefused) expect(error.status).toBe(400);
      else expect(error).toBeInstanceOf(LaunchMalformed);
    }
  }
}

/** Values that are nearly right find more than bytes do. */
const plausible = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        ...['appid', 'mode', 'rikey', 'rikeyid', 'localAudioPlayMode', 'surroundAudioInfo'],
        ...['surroundParams', 'remoteControllersBitmap', 'gcmap', 'hdrMode', 'corever', 'x'],
      ),
      fc.oneof(
        fc.integer().map(String),
        fc.bigInt().map(String),
        fc.constantFrom('', '-1', '0', '1', '196610', '4128774', '642014523', '1920x1080x60'),
        fc.constantFrom('1x1x1', '16385x1x1', '0x0x0', 'NaN', '1e9', '0x10', '２', 'ab'.repeat(16)),
        fc.string({ maxLength: 40 }),
      ),
    ),
    { maxLength: 14 },
  )
  .map((pairs) =>
    Buffer.from(
      pairs.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&'),
    ),
  );

describe('query', () => {
  const kept = keptInputs('query');
  it.each(kept)('takes $name', ({ bytes }) => checkTarget(bytes));
  it('survives anything', async () => {
    await fuzz(fc.property(mutations(kept.map(({ bytes }) => bytes)), checkTarget));
  });
});

describe('launch parameters', () => {
  const kept = keptInputs('launch-parameters');
  it.each(kept)('take $name', ({ bytes }) => checkLaunch(bytes));
  it('survive anything', async () => {
    const inputs = fc.oneof(mutations(kept.map(({ bytes }) => bytes)), plausible);
    await fuzz(fc.property(inputs, checkLaunch));
  });
});

describe('XML', () => {
  it('is well formed whatever the text', async () => {
    await fuzz(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, message) => {
        const xml = renderXml({ status: 200, message, elements: [['a', text]] });
        expect(xml).toMatch(
          /^<root status_code="200" status_message="[^<>"']*"(\/>|><a>[^<>"']*<\/a><\/root>)$/s,
        );
        expect(xml).not.toMatch(/&(?!(amp|lt|gt|quot|apos);)/);
        // eslint-disable-next-line no-control-regex
        expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
      }),
    );
  });
});
