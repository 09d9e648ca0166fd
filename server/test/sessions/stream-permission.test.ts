import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { withinLimits } from '../../src/sessions/limited-config.ts';
import { streaming } from '../admin/admin-harness.ts';
import { DESKTOP, GAME, PHONE, request, TV } from './cast.ts';
import { house } from './house.ts';

beforeEach(() => {
  vi.useFakeTimers();
  // A Wednesday, 16:59:59 by the clock here.
  vi.setSystemTime(new Date(2026, 11, 2, 16, 59, 59));
});
afterEach(() => {
  vi.useRealTimers();
});

const afternoon = { schedule: [{ days: [3], from: '14:00', to: '17:00' }] };
const stateOf = ({ sessions }: ReturnType<typeof house>) =>
  sessions.list().map(({ state }) => state);

describe('a device that may not stream now', () => {
  it('leaves its stream within a second of the end of its hours, and its app goes on', async () => {
    const all = house();
    const { sessions, devices, stream, runner } = all;
    devices.change(TV.fingerprint, { limits: afternoon });
    await sessions.launch(request(TV), GAME);
    await stream(TV);
    expect(stateOf(all)).toEqual(['streaming']);
    await vi.advanceTimersByTimeAsync(2000);
    expect(stateOf(all)).toEqual(['paused']);
    expect(sessions.list()[0]!.notices.join()).toContain('Wed from 14:00 to 17:00');
    expect(runner.contexts).toHaveLength(1);
    await expect(sessions.resume(request(TV), GAME.gameId)).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining('from 14:00 to 17:00'),
    });
  });

  it('is a guest whose date came, and is told so when it starts again', async () => {
    const all = house();
    const { sessions, devices, stream } = all;
    devices.change(PHONE.fingerprint, { limits: { expiresAt: Date.now() + 5000 } });
    await sessions.launch(request(PHONE), GAME);
    await stream(PHONE);
    await vi.advanceTimersByTimeAsync(4000);
    expect(stateOf(all)).toEqual(['streaming']);
    await vi.advanceTimersByTimeAsync(2000);
    expect(stateOf(all)).toEqual(['paused']);
    await expect(sessions.launch(request(PHONE), GAME)).rejects.toThrow('its time is over');
  });

  it('was a guest until it quit', async () => {
    const { sessions, devices, stream } = house();
    devices.change(PHONE.fingerprint, { limits: { untilQuit: true, bitrateKbps: 9000 } });
    await sessions.launch(request(PHONE), GAME);
    await stream(PHONE);
    await sessions.cancel(PHONE.fingerprint);
    expect(devices.find(PHONE.fingerprint)?.limits).toMatchObject({ bitrateKbps: 9000 });
    await expect(sessions.launch(request(PHONE), GAME)).rejects.toThrow('its time is over');
  });

  it('has lost the picture or the sound at once, and without sound streams in silence', async () => {
    const all = house();
    const { sessions, devices, stream, pictures } = all;
    await sessions.launch(request(TV), GAME);
    await stream(TV);
    devices.change(TV.fingerprint, { hear: false });
    expect(stateOf(all)).toEqual(['paused']);
    await sessions.resume(request(TV), GAME.gameId);
    await stream(TV);
    expect(stateOf(all)).toEqual(['streaming']);
    expect(pictures.viewers.at(-1)!.request.audio.source).toEqual({ kind: 'silence' });
    devices.change(TV.fingerprint, { see: false });
    expect(stateOf(all)).toEqual(['paused']);
    await expect(sessions.resume(request(TV), GAME.gameId)).rejects.toThrow('"May watch" is off');
  });

  it('starts nothing, and joins what others have started', async () => {
    const { sessions, devices } = house();
    devices.change(PHONE.fingerprint, { launch: false });
    await expect(sessions.launch(request(PHONE), DESKTOP)).rejects.toThrow(
      '"May start apps" is off',
    );
    await sessions.launch(request(TV), DESKTOP);
    await sessions.launch(request(PHONE), DESKTOP);
    expect(sessions.list()).toHaveLength(2);
  });
});

describe('a stream within the limits of its device', () => {
  const config = streaming.config!;

  it('has no more than its bitrate, which is told', () => {
    const limited = withinLimits(config, { bitrateKbps: 8000 });
    expect(limited.video.bitrateKbps).toBe(8000);
    expect(limited.adjustments.at(-1)).toBe(
      '20 Mbit/s were asked for; this device is limited to 8.',
    );
    expect(withinLimits(config, { bitrateKbps: 30_000 })).toBe(config);
    expect(withinLimits(config, undefined)).toBe(config);
  });
});
