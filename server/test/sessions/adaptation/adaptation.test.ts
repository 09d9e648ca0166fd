import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { FrameFecStatus } from '../../../src/gamestream/control/control-plane.ts';
import { Adaptation } from '../../../src/sessions/adaptation/adaptation.ts';
import type { AdaptedStream, Change } from '../../../src/sessions/adaptation/adaptation.ts';
import { statistics } from './statistics.ts';

const STREAM: AdaptedStream = {
  bitrateKbps: 10_000,
  framesPerSecond: 60,
  payload: 1376,
  fecPercentage: 20,
  minFecPackets: 2,
  reportsBlocks: true,
  encoderKbps: (total) => total * 0.73,
};

function second(sendMethod: 'gso' | 'sendmmsg' = 'gso') {
  return { ...statistics(60, 900, 1_267_200, 0, 20), sendMethod };
}

function block(frame: number, lost: number, recovered: boolean): FrameFecStatus {
  const [data, parity] = [12, 3];
  const received = recovered ? data : Math.max(0, data + parity - lost);
  return {
    frame,
    highestSequence: 0,
    nextContiguousSequence: 0,
    missingBeforeHighest: lost,
    dataPackets: data,
    parityPackets: parity,
    dataReceived: Math.min(data, received - (recovered ? Math.min(lost, parity) : 0)),
    parityReceived: recovered ? Math.min(lost, parity) : Math.max(0, received - data),
    fecPercentage: 20,
    block: 0,
    blocks: 1,
  };
}

describe('segmentation offload', () => {
  it('is left when an older client says that no frame has come for two seconds', () => {
    const adaptation = new Adaptation({ ...STREAM, reportsBlocks: false }, true, 0);
    let change: Change | undefined;
    let at = 0;
    for (let tick = 1; tick < 80 && !change?.tuning.sendMethod; tick += 1) {
      at = tick * 50;
      change = adaptation.lossStats(0, 0, at);
      if (tick % 20 === 0) change ??= adaptation.statistics(second(), at);
    }
    expect(change).toMatchObject({ tuning: { sendMethod: 'sendmmsg' } });
    expect(change!.reason).toContain('nothing arrives');
    expect(at).toBeLessThanOrEqual(3_100);
  });

  /** Seconds in which `lost` packets of each frame get lost whatever the bitrate. */
  function lossy(
    lost: number,
    method: 'gso' | 'sendmmsg',
    { on = true, stream = STREAM }: { on?: boolean; stream?: AdaptedStream } = {},
  ): Change[] {
    const adaptation = new Adaptation(stream, on, 0);
    const changes: (Change | undefined)[] = [];
    for (let frame = 1; frame < 400; frame += 1) {
      const now = frame * 16;
      changes.push(adaptation.fecStatus(block(frame, lost, lost <= 3), now));
      if (frame % 60 === 0) changes.push(adaptation.statistics(second(method), now));
    }
    return changes.filter((change) => change?.tuning.sendMethod !== undefined) as Change[];
  }

  it.each([1, 8])('is left once when %s packets of each frame stay lost', (lost) => {
    const left = lossy(lost, 'gso');
    expect(left).toHaveLength(1);
    expect(left[0]!.reason).toMatch(/% of packets lost, so segmentation offload is left/);
    expect(lossy(lost, 'sendmmsg')).toHaveLength(0);
  });

  it('is left for a device that does not want its bitrate adapted too', () => {
    const [left, ...others] = lossy(8, 'gso', { on: false });
    expect(left?.tuning).toEqual({ sendMethod: 'sendmmsg' });
    expect(others).toHaveLength(0);
  });

  it('stays where the owner chose it', () => {
    expect(lossy(8, 'gso', { stream: { ...STREAM, fixedSendMethod: true } })).toHaveLength(0);
  });

  it.each([
    { pause: 1_000, left: true },
    { pause: 2_000, left: false },
  ])('is left: $left, when keyframes are asked for each $pause ms', ({ pause, left }) => {
    const adaptation = new Adaptation({ ...STREAM, reportsBlocks: false }, true, 0);
    adaptation.statistics(second(), 1_000);
    const changes = [1, 2, 3].map((count) => adaptation.keyframeRequested(1_000 + count * pause));
    expect(changes.some((change) => change?.tuning.sendMethod === 'sendmmsg')).toBe(left);
  });

  it('stays while nothing is lost', () => {
    const adaptation = new Adaptation(STREAM, true, 0);
    for (let now = 1_000; now < 60_000; now += 1_000) {
      expect(adaptation.statistics(second(), now)?.tuning.sendMethod).toBeUndefined();
    }
  });
});

it.each([
  { parity: true, none: false },
  { parity: false, none: true },
])('with parity $parity, losses call for none: $none', ({ parity, none }) => {
  const stream = { ...STREAM, fecPercentage: 0, minFecPackets: 0, parity };
  const adaptation = new Adaptation(stream, true, 0);
  for (let frame = 1; frame < 400; frame += 1) {
    const now = frame * 16;
    adaptation.fecStatus(block(frame, frame % 3, true), now);
    if (frame % 60 === 0) adaptation.statistics(second('sendmmsg'), now);
  }
  expect(adaptation.state.fecPercentage === 0).toBe(none);
});

it('one lost packet changes nothing', () => {
  const adaptation = new Adaptation(STREAM, true, 0);
  adaptation.statistics(second(), 1_000);
  expect(adaptation.fecStatus(block(61, 1, true), 1_010)).toBeUndefined();
  expect(adaptation.statistics(second(), 2_000)).toBeUndefined();
  expect(adaptation.report).toMatchObject({ damagedBlocks: 1, recoveredPackets: 1, framesLost: 0 });
});

it('a frame counts as recovered when every block that it lost packets of is whole again', () => {
  const adaptation = new Adaptation(STREAM, true, 0);
  const tell = (frame: number, recovered: boolean): void => {
    adaptation.fecStatus({ ...block(frame, recovered ? 2 : 8, recovered), blocks: 2 }, 500);
  };
  tell(1, true);
  tell(1, true);
  tell(2, true);
  tell(2, false);
  tell(3, false);
  tell(3, true);
  tell(4, true);
  adaptation.statistics(second(), 1_000);
  expect(adaptation.report).toMatchObject({
    damagedBlocks: 7,
    recoveredBlocks: 5,
    recoveredFrames: 2,
  });
  adaptation.statistics(second(), 2_000);
  expect(adaptation.report).toMatchObject({ recoveredFrames: 0 });
});

it('the first request for a keyframe, which every session sends, is no trouble', () => {
  const adaptation = new Adaptation(STREAM, true, 0);
  adaptation.keyframeRequested(10);
  adaptation.statistics(second(), 1_000);
  expect(adaptation.report).toMatchObject({ keyframeRequests: 1, framesLost: 0 });
  expect(adaptation.state).toMatchObject({ targetKbps: 10_000, fecPercentage: 20 });
});

describe('a keyframe asked for every second, for a minute', () => {
  /** @returns the bitrate in the end, kbit/s */
  function asking(stream: AdaptedStream, lostEach: number): number {
    const adaptation = new Adaptation({ ...stream, fixedSendMethod: true }, true, 0);
    for (let frame = 1; frame <= 3600; frame += 1) {
      const now = frame * 16.7;
      if (lostEach > 0 && frame % lostEach === 0) adaptation.fecStatus(block(frame, 8, false), now);
      if (frame % 60 !== 0) continue;
      adaptation.statistics(second(), now);
      adaptation.keyframeRequested(now);
    }
    return adaptation.state.targetKbps;
  }

  it('lowers nothing when the client tells of no loss: its decoder asks', () => {
    expect(asking(STREAM, 0)).toBe(STREAM.bitrateKbps);
  });

  it('counts where frames are lost, and where the client could not tell', () => {
    expect(asking(STREAM, 240)).toBeLessThan(STREAM.bitrateKbps);
    expect(asking({ ...STREAM, reportsBlocks: false }, 0)).toBeLessThan(STREAM.bitrateKbps);
  });
});

it('a request that the client repeats counts its frames once', () => {
  const adaptation = new Adaptation(STREAM, true, 0);
  adaptation.invalidationRequested(10, 11, 100);
  adaptation.invalidationRequested(10, 12, 117);
  adaptation.invalidationRequested(10, 13, 134);
  adaptation.statistics(second(), 1_000);
  expect(adaptation.report).toMatchObject({ framesLost: 4, invalidationRequests: 3 });
});

it('whatever a client says, the stream stays within its bounds', () => {
  const u16 = fc.integer({ min: 0, max: 0xffff });
  const u32 = fc.integer({ min: 0, max: 0xffffffff });
  const status = fc.record({
    frame: u32,
    highestSequence: u16,
    nextContiguousSequence: u16,
    missingBeforeHighest: u16,
    dataPackets: fc.oneof(u16, fc.integer({ min: 0, max: 300 })),
    parityPackets: fc.oneof(u16, fc.integer({ min: 0, max: 255 })),
    dataReceived: fc.oneof(u16, fc.integer({ min: 0, max: 300 })),
    parityReceived: fc.oneof(u16, fc.integer({ min: 0, max: 255 })),
    fecPercentage: fc.integer({ min: 0, max: 255 }),
    block: fc.integer({ min: 0, max: 255 }),
    blocks: fc.integer({ min: 0, max: 255 }),
  });
  type Step = (adaptation: Adaptation, now: number) => Change | undefined;
  const step: fc.Arbitrary<Step> = fc.oneof(
    status.map(
      (told): Step =>
        (adaptation, now) =>
          adaptation.fecStatus(told, now),
    ),
    fc.tuple(u32, u32).map(
      ([lost, good]): Step =>
        (one, now) =>
          one.lossStats(lost, good, now),
    ),
    fc.tuple(u32, u32).map(
      ([a, b]): Step =>
        (one, now) =>
          one.invalidationRequested(Math.min(a, b), Math.max(a, b), now),
    ),
    fc.constant<Step>((adaptation, now) => adaptation.keyframeRequested(now)),
    fc.double().map(
      (trip): Step =>
        (adaptation, now) =>
          adaptation.roundTrip(trip, now),
    ),
    fc.constant<Step>((adaptation, now) => adaptation.statistics(second(), now)),
    fc.boolean().map(
      (on): Step =>
        (adaptation, now) =>
          adaptation.switch(on, now),
    ),
    fc.constant<Step>((adaptation, now) => adaptation.moved(now)),
  );
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.array(fc.tuple(step, fc.integer({ min: 0, max: 1500 })), { maxLength: 80 }),
      (reportsBlocks, steps) => {
        const adaptation = new Adaptation({ ...STREAM, reportsBlocks }, true, 0);
        let now = 0;
        for (const [one, later] of steps) {
          now += later;
          const { bitrateKbps = 1000, fecPercentage = 20 } = one(adaptation, now)?.tuning ?? {};
          expect(bitrateKbps).toBeGreaterThanOrEqual(1);
          expect(bitrateKbps).toBeLessThanOrEqual(10_000);
          expect(Number.isInteger(fecPercentage)).toBe(true);
          expect(fecPercentage).toBeGreaterThanOrEqual(5);
          expect(fecPercentage).toBeLessThanOrEqual(50);
          expect(adaptation.state.targetKbps).toBeGreaterThanOrEqual(500);
          expect(adaptation.state.targetKbps).toBeLessThanOrEqual(10_000);
          const { lossPercentage = 0 } = adaptation.report ?? {};
          expect(lossPercentage).toBeGreaterThanOrEqual(0);
          expect(lossPercentage).toBeLessThanOrEqual(100);
        }
      },
    ),
    { numRuns: 500 },
  );
});
