import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { FrameFecStatus } from '../../src/gamestream/control/control-plane.ts';
import type { Tuning } from '../../src/native/media-addon.ts';
import { statistics } from './adaptation/statistics.ts';
import { DESKTOP, request, TV } from './cast.ts';
import { house } from './house.ts';
import type { RecordedViewer } from './recorders.ts';

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

/** A block of 12 packets that lost two of them. */
function damaged(frame: number): FrameFecStatus {
  return {
    frame,
    highestSequence: 13,
    nextContiguousSequence: 3,
    missingBeforeHighest: 2,
    dataPackets: 12,
    parityPackets: 3,
    dataReceived: 10,
    parityReceived: 2,
    fecPercentage: 20,
    block: 0,
    blocks: 1,
  };
}

const tunings = (viewer: RecordedViewer): Tuning[] =>
  (viewer.orders as [string, Tuning][])
    .filter(([order]) => order === 'tune')
    .map(([, tuning]) => tuning);

async function streaming(attributes?: Record<string, string | number>) {
  const all = house();
  await all.sessions.launch(request(TV), DESKTOP);
  const { number, viewer } = await all.stream(TV, attributes);
  /** a second in which every third frame loses two packets of fifteen */
  const lossySecond = (): void => {
    for (let frame = 0; frame < 60; frame += 3) {
      vi.advanceTimersByTime(50);
      all.control.emit('fecStatus', number, damaged(frame));
    }
    viewer.listener.statistics({ ...statistics(60, 900, 1_267_200, 0, 20), viewer: number });
    all.control.emit('roundTrip', number, 3, 1, 3);
  };
  return { ...all, number, viewer, lossySecond };
}

describe('a stream and the losses that its client reports', () => {
  it('more parity takes its part from the encoder, and the owner sees why', async () => {
    const { sessions, viewer, lossySecond } = await streaming();
    expect(viewer.request.video).toMatchObject({ bitrateKbps: 7308, fecPercentage: 20 });
    lossySecond();
    const { fecPercentage = 0, bitrateKbps = 0 } = tunings(viewer).at(-1)!;
    expect(fecPercentage).toBeGreaterThan(30);
    expect(bitrateKbps * (100 + fecPercentage)).toBeLessThanOrEqual(7308 * 120);
    expect(bitrateKbps * (100 + fecPercentage)).toBeGreaterThan(7308 * 118);
    expect(sessions.list()[0]).toMatchObject({
      client: {
        damagedBlocks: 20,
        recoveredBlocks: 20,
        recoveredFrames: 20,
        recoveredPackets: 40,
        framesLost: 0,
        keyframeRequests: 0,
        invalidationRequests: 0,
      },
      adaptation: {
        on: true,
        configuredKbps: 10_000,
        targetKbps: 10_000,
        fecPercentage,
        reason: expect.stringMatching(/^\d\.\d % of packets lost$/),
      },
    });
    // 40 of the 900 packets that were sent, less the parity that a client with whole data does not await.
    expect(sessions.list()[0]!.client!.lossPercentage).toBeCloseTo(5.1, 0);
  });

  it('the switch of the device counts at once, either way', async () => {
    const { devices, sessions, viewer, lossySecond } = await streaming();
    lossySecond();
    const off = { ...TV, adaptive: false };
    devices.known.set(TV.fingerprint, off);
    devices.emit('changed', off);
    expect(tunings(viewer).at(-1)).toEqual({ bitrateKbps: 7308, fecPercentage: 20 });
    expect(sessions.list()[0]!.adaptation).toEqual({
      on: false,
      configuredKbps: 10_000,
      targetKbps: 10_000,
      fecPercentage: 20,
      reason: 'switched off',
    });
    const count = tunings(viewer).length;
    lossySecond();
    devices.emit('changed', { ...off, name: 'Renamed' });
    expect(tunings(viewer)).toHaveLength(count);
    expect(sessions.list()[0]!.client!.damagedBlocks).toBe(20);

    devices.emit('changed', TV);
    lossySecond();
    expect(tunings(viewer).length).toBeGreaterThan(count);
  });

  it('a device that is switched off from the start is left alone', async () => {
    const all = house();
    all.devices.known.set(TV.fingerprint, { ...TV, adaptive: false });
    await all.sessions.launch(request(TV), DESKTOP);
    const { number, viewer } = await all.stream(TV);
    for (let frame = 0; frame < 60; frame += 1) {
      vi.advanceTimersByTime(16);
      all.control.emit('fecStatus', number, damaged(frame));
    }
    expect(tunings(viewer)).toEqual([]);
  });

  it('a client that only tells of lost frames is followed too', async () => {
    const { control, number, viewer, sessions } = await streaming({
      'x-ml-general.featureFlags': 0,
    });
    for (let report = 1; report <= 40; report += 1) {
      vi.advanceTimersByTime(50);
      control.emit('lossStats', number, report % 4 === 0 ? 1 : 0, 50, report * 3);
      if (report % 20 === 0) {
        const second = statistics(60, 900, 1_267_200, 0, 20);
        viewer.listener.statistics({ ...second, viewer: number });
      }
    }
    expect(tunings(viewer)[0]?.fecPercentage).toBeGreaterThan(20);
    const { client } = sessions.list()[0]!;
    expect(client).not.toHaveProperty('damagedBlocks');
    expect(client!.framesLost).toBe(5);
  });

  it('a client on another network keeps its picture, and what was known of the way is forgotten', async () => {
    const { control, number, viewer, lossySecond, sessions } = await streaming();
    const home = { address: '192.0.2.7', port: 1, localAddress: '192.0.2.1', localPort: 2 };
    const away = { ...home, address: '198.51.100.7', port: 9 };
    control.emit('endpoint', number, 'video', home);
    lossySecond();
    const { fecPercentage } = sessions.list()[0]!.adaptation!;
    control.emit('endpoint', number, 'video', { ...home, port: 3 });
    control.emit('endpoint', number, 'video', away);
    expect(viewer.orders.filter((order) => (order as unknown[])[0] === 'endpoint')).toEqual([
      ['endpoint', 'video', home],
      ['endpoint', 'video', { ...home, port: 3 }],
      ['endpoint', 'video', away],
    ]);
    // Nothing of the new network is known yet, so nothing changes by itself.
    expect(sessions.list()[0]!.adaptation).toMatchObject({ fecPercentage, targetKbps: 10_000 });
    viewer.listener.statistics({ ...statistics(60, 900, 1_267_200, 0, 20), viewer: number });
    expect(sessions.list()[0]!.client!.lossPercentage).toBe(0);
  });
});
