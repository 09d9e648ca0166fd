import { beforeEach, describe, expect, it, vi } from 'vitest';

import { StreamEvents } from '../../src/sessions/stream-events.ts';
import type { StreamEvent } from '../../src/sessions/stream-events.ts';
import { AREA, DESKTOP, request, TV } from './cast.ts';
import { house } from './house.ts';

describe('StreamEvents', () => {
  it('tells whoever watches, and keeps the last 64 in order', () => {
    let now = 0;
    const events = new StreamEvents(() => (now += 10));
    const heard: StreamEvent[] = [];
    const stop = events.watch({ event: (event) => heard.push(event) });
    for (let first = 0; first < 70; first += 1) {
      events.pass({ kind: 'invalidation-requested', first, last: first });
    }
    stop();
    events.pass({ kind: 'keyframe-requested' });
    expect(heard).toHaveLength(70);
    expect(events.recent()).toHaveLength(64);
    expect(events.recent()[0]).toMatchObject({ first: 7, at: 80 });
    expect(events.recent().at(-1)).toEqual({ kind: 'keyframe-requested', at: 710 });
  });
});

describe('what happens in a session', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    return () => vi.useRealTimers();
  });

  it('passes its event tap, from the launch to the fault', async () => {
    const { control, devices, sessions, stream } = house();
    await sessions.launch(request(TV), DESKTOP);
    const { number, viewer } = await stream(TV);
    vi.advanceTimersByTime(1000);
    viewer.listener.sourceArea(AREA);
    const endpoint = {
      address: '192.0.2.7',
      port: 50_000,
      localAddress: '192.0.2.1',
      localPort: 47_998,
    };
    control.emit('endpoint', number, 'video', endpoint);
    control.emit('endpoint', number, 'video', { ...endpoint });
    control.emit('endpoint', number, 'video', { ...endpoint, port: 50_001 });
    control.emit('keyframeRequested', number);
    control.emit('invalidationRequested', number, 5, 6);
    control.emit('lossStats', number, 0, 50, 7);
    control.emit('lossStats', number, 3, 50, 8);
    devices.known.set(TV.fingerprint, { ...TV, adaptive: false });
    devices.emit('changed', { ...TV, adaptive: false });
    devices.emit('changed', { ...TV, adaptive: false, name: 'Renamed' });
    viewer.listener.restarted('signal 11');
    viewer.listener.fault('The encoder does not work.');
    const events = sessions.list()[0]!.events;
    const kinds = events.map((event) => (event.kind === 'state' ? event.state : event.kind));
    expect(kinds).toEqual([
      'handshake',
      'starting',
      'streaming',
      'mode',
      'address',
      'address',
      'keyframe-requested',
      'invalidation-requested',
      'loss-reported',
      'permission',
      'media-restarted',
      'fault',
      'paused',
      'notice',
    ]);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'loss-reported', packets: 3 }));
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'permission', name: 'adaptive', allowed: false }),
    );
    const [began, later] = [events[0]!, events.find(({ kind }) => kind === 'mode')!];
    expect(later.at - began.at).toBeGreaterThanOrEqual(1000);
  });
});
