import { describe, expect, it } from 'vitest';

import { SampleRing } from '../../src/captures/sample-ring.ts';
import { judge, judgeAll } from '../../src/captures/verdict/verdict.ts';
import type { VerdictContext } from '../../src/captures/verdict/signs.ts';
import {
  VERDICT_CODES,
  VERDICT_UNITS,
  verdictSentence,
  wordingOf,
} from '../../src/captures/verdict/sentences.ts';
import type { VerdictStage } from '../../src/captures/verdict/sentences.ts';
import type { MeasuredSecond } from '../../src/sessions/stream-events.ts';
import { mulberry32 } from '../mulberry32.ts';
import { HEALTHY, simulate } from './simulated-stream.ts';
import type { SimulatedStream } from './simulated-stream.ts';

function tableOf(seconds: readonly MeasuredSecond[]) {
  const ring = new SampleRing(10_000);
  for (const second of seconds) ring.push(second);
  return ring.table(0, 0);
}

function contextOf({ asked, continuous, roundTrip }: SimulatedStream): VerdictContext {
  return {
    framesPerSecond: asked,
    continuous,
    sourceGone: false,
    leastRoundTrip: Math.min(roundTrip, 3),
  };
}

function verdictOn(change: Partial<SimulatedStream>) {
  const stream = { ...HEALTHY, ...change };
  return judge(tableOf(simulate(stream).slice(5, 15)), contextOf(stream));
}

/** A stream with one fault of some strength, and what else a stream may be. */
type Seed = (random: () => number) => Partial<SimulatedStream>;

const between = (random: () => number, least: number, most: number): number =>
  least + random() * (most - least);
const oneOf = <T>(random: () => number, ...values: T[]): T =>
  values[Math.floor(random() * values.length)]!;

const FAULTS: Readonly<Record<VerdictStage, readonly Seed[]>> = {
  source: [
    (r) => ({ drawn: between(r, 6, 17), uneven: between(r, 0, 0.3), area: between(r, 60, 100) }),
  ],
  capture: [
    (r) => ({ capture: between(r, 25, 120), convert: between(r, 1, 6), continuous: r() < 0.3 }),
  ],
  convert: [
    (r) => ({ convert: between(r, 25, 120), capture: between(r, 1, 6), continuous: r() < 0.3 }),
  ],
  encode: [
    (r) => ({ encode: between(r, 24, 150), continuous: r() < 0.3 }),
    (r) => ({ asked: 120, drawn: 120, encode: between(r, 13, 40) }),
  ],
  send: [(r) => ({ noRoom: between(r, 0.5, 8) }), (r) => ({ spread: between(r, 22, 60) })],
  network: [
    (r) => ({ lost: between(r, 1.5, 12), saved: between(r, 0, 1), reportsBlocks: r() < 0.8 }),
    (r) => ({ roundTrip: between(r, 95, 400) }),
    (r) => ({ link: between(r, 3_000, 13_000) }),
  ],
  client: [(r) => ({ decodes: between(r, 15, 50) })],
};

const HEALTHY_SEEDS: readonly Seed[] = [
  () => ({}),
  () => ({ drawn: 0 }),
  (r) => ({ drawn: oneOf(r, 1, 2), area: 1 }),
  (r) => ({ drawn: oneOf(r, 23.976, 24, 25, 30), uneven: between(r, 0, 0.1) }),
  (r) => ({ drawn: between(r, 35, 50), uneven: between(r, 0, 0.3) }),
  (r) => ({ drawn: 24, encode: between(r, 5, 30), convert: between(r, 1, 12) }),
  (r) => ({ drawn: 40, encode: between(r, 5, 20) }),
  (r) => ({ drawn: between(r, 4, 18), area: between(r, 1, 20) }),
  (r) => ({ asked: oneOf(r, 30, 120), drawn: 60, encode: 4 }),
  (r) => ({ lost: between(r, 0, 0.3), saved: 1 }),
  (r) => ({ continuous: true, encode: between(r, 3, 13) }),
  (r) => ({ drawn: 60, asked: 59.94, roundTrip: between(r, 1, 30) }),
];

/** Numbers that the rules were written with, and as many that they were not. */
const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);

describe('verdict', () => {
  it.each(Object.entries(FAULTS))(
    'names %s in nine of ten streams with a fault in it',
    (stage, faults) => {
      const told = faults.flatMap((fault, kind) =>
        SEEDS.map((seed) => {
          const random = mulberry32(seed * 7919 + kind);
          const change = fault(random);
          return { change, verdict: verdictOn({ ...change, seed }) };
        }),
      );
      const wrong = told.filter(({ verdict }) => verdict.stage !== stage);
      const shown = wrong.map(
        ({ change, verdict }) => `${JSON.stringify(change)}: ${verdict.code}`,
      );
      expect(wrong.length, shown.join('\n')).toBeLessThanOrEqual(told.length / 10);
    },
  );

  it('names nothing where there is nothing: still screens, films, games at 40 fps, cursors', () => {
    const told = HEALTHY_SEEDS.flatMap((kind, number) =>
      SEEDS.map((seed) => {
        const change = kind(mulberry32(seed * 104_729 + number));
        return { change, verdict: verdictOn({ ...change, seed }) };
      }),
    );
    const wrong = told.filter(
      ({ verdict }) => verdict.stage !== undefined || verdict.severity !== 'good',
    );
    expect(
      wrong.map(({ change, verdict }) => `${JSON.stringify(change)}: ${verdict.code}`),
    ).toEqual([]);
  });

  it('says what was seen and what to do', () => {
    expect(verdictOn({ encode: 84 })).toMatchObject({
      severity: 'bad',
      code: 'encode-slow',
      stage: 'encode',
      sentence: expect.stringMatching(/^1[0-2] of 60 frames: the encoder needs \d\d ms a frame\.$/),
      remedy: expect.stringContaining('Lower the resolution'),
    });
    expect(verdictOn({ drawn: 40 }).sentence).toBe(
      'All 40 pictures a second that are drawn arrive.',
    );
    expect(verdictOn({ drawn: 0 }).code).toBe('still');
  });

  it('blames the client only where it tells of damage, and tells of none', () => {
    expect(verdictOn({ decodes: 30, reportsBlocks: false }).stage).toBeUndefined();
    expect(verdictOn({ decodes: 30, lost: 3 }).stage).toBe('network');
  });

  it('says that a source is gone only while nothing new comes', () => {
    const still = tableOf(simulate({ ...HEALTHY, drawn: 0 }).slice(0, 10));
    const moving = tableOf(simulate(HEALTHY).slice(0, 10));
    const gone = { ...contextOf(HEALTHY), sourceGone: true };
    expect(judge(still, gone).code).toBe('source-gone');
    expect(judge(moving, gone).code).toBe('smooth');
  });

  it('does not judge what it has hardly seen', () => {
    const seconds = simulate({ ...HEALTHY, encode: 84 });
    expect(judge(tableOf(seconds.slice(0, 4)), contextOf(HEALTHY)).severity).toBe('unknown');
    expect(judge(tableOf([]), contextOf(HEALTHY)).code).toBe('too-early');
  });

  it('of a whole stream is what was wrong the longest, with the seconds in which it was', () => {
    const good = simulate({ ...HEALTHY, seconds: 120 });
    const bad = simulate({ ...HEALTHY, seconds: 40, encode: 84 }).map((second) => ({
      ...second,
      at: second.at + 120_000,
    }));
    const after = good.map((second) => ({ ...second, at: second.at + 160_000 }));
    const { verdict, findings } = judgeAll(
      tableOf([...good, ...bad, ...after]),
      contextOf(HEALTHY),
    );
    expect(verdict).toMatchObject({ code: 'encode-slow', severity: 'bad' });
    expect(verdict.values['encode']).toBeGreaterThan(75);
    expect(findings).toHaveLength(1);
    expect(findings[0]!.from).toBeGreaterThanOrEqual(115_000);
    expect(findings[0]!.to).toBeLessThanOrEqual(166_000);
  });

  it('of a stream with a hiccup is that it was good', () => {
    const good = simulate({ ...HEALTHY, seconds: 600 });
    const hiccup = simulate({ ...HEALTHY, seconds: 600, lost: 8, saved: 0.2 });
    const mixed = good.map((second, row) => (row === 300 ? hiccup[row]! : second));
    expect(judgeAll(tableOf(mixed), contextOf(HEALTHY)).verdict).toMatchObject({
      code: 'smooth',
      severity: 'good',
    });
  });

  it('has a sentence and, for each fault, a remedy for every code', () => {
    for (const code of VERDICT_CODES) {
      const { stage, remedy, says } = wordingOf(code);
      expect(verdictSentence(code, {})).not.toMatch(/[{}]|NaN|undefined/);
      for (const [, name] of says.matchAll(/\{(\w+)\}/g))
        expect(VERDICT_UNITS).toHaveProperty(name!);
      expect(remedy === undefined).toBe(stage === undefined);
    }
  });
});
