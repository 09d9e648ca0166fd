import { describe, expect, it } from 'vitest';
import {
  assessSpeed,
  assessStream,
  megabits,
  percent,
  sliderStep,
} from '../../src/probe/assessment.ts';
import { presentSpeed, presentStream } from '../../src/probe/present.ts';
import type { SpeedFigures, SpeedStep } from '../../src/probe/speed-figures.ts';
import type { StreamFigures } from '../../src/probe/stream-figures.ts';

const asked = { fps: 60, bitrateKbps: 20_000 };
const clean: StreamFigures = {
  duration: 10_000,
  throughputKbps: 19_500,
  packets: 18_000,
  lostPackets: 0,
  reorderedPackets: 0,
  duplicatePackets: 0,
  recoveredPackets: 0,
  frames: 600,
  lostFrames: 0,
  framesPerSecond: 60,
  jitter: 0.8,
  hostLatency: { least: 2, p50: 3, p99: 6, most: 8 },
  roundTrip: { least: 1, p50: 2, p99: 4, most: 5 },
};
const step: SpeedStep = {
  kind: 'hold',
  kbps: 60_000,
  duration: 6000,
  packets: 32_000,
  lostPackets: 0,
  reorderedPackets: 0,
  duplicatePackets: 0,
  receivedKbps: 60_000,
  queue: 0.4,
  jitter: 0.1,
  clean: true,
};
const speed = (held: SpeedStep, more: Partial<SpeedFigures> = {}): SpeedFigures => ({
  steps: [{ ...held, kind: 'try', clean: true, receivedKbps: held.kbps }, held],
  held,
  method: 'gso',
  overflowed: 0,
  receiveBuffer: 8 << 20,
  ...more,
});
const codes = (assessment: ReturnType<typeof assessStream>) =>
  assessment.remarks.map(({ code }) => code);

describe('a stream', () => {
  it('that came through whole is good', () => {
    const { verdict, remarks, recommendation } = assessStream(clean, asked);
    expect([verdict, remarks]).toEqual(['good', []]);
    expect(recommendation).toMatchObject({ bitrateKbps: 20_000, testedKbps: 19_500 });
    expect(recommendation.sentence).toContain('In Moonlight choose 20 Mbit/s');
  });

  it('that needed little proves little, and the sentence says so', () => {
    const { verdict, recommendation } = assessStream({ ...clean, throughputKbps: 2100 }, asked);
    expect(verdict).toBe('good');
    expect(recommendation.testedKbps).toBe(2100);
    expect(recommendation.sentence).toContain('at 2.1 Mbit/s');
    expect(recommendation.sentence).toContain('--speed-test');
    expect(recommendation.sentence).not.toContain('choose');
  });

  it.each([
    ['frames-lost', { lostFrames: 2 }],
    ['packets-lost', { lostPackets: 200, recoveredPackets: 200 }],
    ['jitter', { jitter: 9 }],
    ['round-trip', { roundTrip: { least: 2, p50: 10, p99: 60, most: 80 } }],
    ['host-slow', { hostLatency: { least: 15, p50: 20, p99: 40, most: 50 } }],
    ['frame-rate', { framesPerSecond: 41 }],
  ] as const)('is remarked on: %s', (code, change) => {
    const assessment = assessStream({ ...clean, ...change }, asked);
    expect(codes(assessment)).toEqual([code]);
    expect(assessment.verdict).toBe('remarks');
    expect(presentStream({ ...clean, ...change }, assessment)).toContain(
      assessment.remarks[0]!.message,
    );
  });

  it('that lost packets is to be slower and to have more parity', () => {
    const lossy = { ...clean, lostPackets: 540, recoveredPackets: 500, lostFrames: 4 };
    const { recommendation } = assessStream(lossy, asked);
    expect(recommendation.bitrateKbps).toBeLessThan(20_000);
    expect(recommendation.fecPercentage).toBeGreaterThan(
      assessStream(clean, asked).recommendation.fecPercentage,
    );
  });
});

describe('a speed test', () => {
  const wish = { fps: 60, limitKbps: 3_000_000 };

  it('gives a fifth away for parity and whatever else there is', () => {
    const { verdict, recommendation } = assessSpeed(speed(step), wish);
    expect(verdict).toBe('good');
    expect(recommendation.sentence).toBe(
      'This link carries 60 Mbit/s without loss. In Moonlight choose 48 Mbit/s.',
    );
    expect(recommendation).toMatchObject({ bitrateKbps: 48_000, testedKbps: 60_000 });
  });

  it('recommends no more than the slider has, and says when no more was tried', () => {
    const fast = { ...step, kbps: 900_000, receivedKbps: 900_000 };
    expect(assessSpeed(speed(fast), wish).recommendation.sentence).toBe(
      'This link carries 900 Mbit/s without loss, more than any stream needs. In Moonlight choose 150 Mbit/s.',
    );
    const limited = assessSpeed(speed(step), { ...wish, limitKbps: 60_000 });
    expect(limited.recommendation.sentence).toContain('(no more was tried)');
  });

  it('counts what the link carried when it did not hold what it had shown', () => {
    const worse = { ...step, lostPackets: 1600, receivedKbps: 57_000, clean: false };
    const assessment = assessSpeed(speed(worse), wish);
    expect(codes(assessment)).toEqual(['unstable']);
    expect(assessment.recommendation.bitrateKbps).toBe(45_000);
    expect(assessment.recommendation.fecPercentage).toBeGreaterThan(5);
    const text = presentSpeed(speed(worse), assessment);
    expect(text).toContain('held, not clean');
    expect(text).not.toContain('Round trip');
    const roundTrip = { least: 0.31, p50: 0.4, p99: 2.25, most: 2.25 };
    expect(presentSpeed(speed(worse, { roundTrip }), assessment)).toMatch(
      /Round trip +0\.4 ms \(0\.3 to 2\.3, 99 % below 2\.3\)/,
    );
  });

  it('says when this machine itself was too slow, and when the link is', () => {
    const full = assessSpeed(speed(step, { overflowed: 12, receiveBuffer: 212_992 }), wish);
    expect(codes(full)).toEqual(['receive-buffer']);
    expect(full.remarks[0]!.message).toContain('12 packets were lost inside this machine');
    const slow = assessSpeed(speed({ ...step, kbps: 4000, receivedKbps: 4000 }), wish);
    expect(codes(slow)).toEqual(['slow-link']);
    const nothing = assessSpeed(
      {
        steps: [{ ...step, clean: false, receivedKbps: 0 }],
        method: 'gso',
        overflowed: 0,
        receiveBuffer: 0,
      },
      wish,
    );
    expect(nothing.recommendation.sentence).toContain('loses packets at every rate');
  });
});

describe('words', () => {
  it('round as people do', () => {
    expect([400, 1260, 19_999, 33_700, 151_000].map(sliderStep)).toEqual([
      500, 1000, 19_500, 33_000, 150_000,
    ]);
    expect([9_540, 60_000, 939_600].map(megabits)).toEqual(['9.5', '60', '940']);
    expect([0, 0.0001, 0.0123].map(percent)).toEqual(['0.000 %', '0.010 %', '1.2 %']);
  });
});
