import { beforeEach, describe, expect, it } from 'vitest';

import { MediaEndpoints } from '../../../src/gamestream/control/media-endpoints.ts';
import { decodeMediaPing } from '../../../src/gamestream/control/media-ping.ts';

const HOME = { address: '192.0.2.1', port: 5000, local: '192.0.2.100' };
const OTHER_PORT = { ...HOME, port: 5001 };
const AWAY = { address: '198.51.100.7', port: 6000, local: '192.0.2.100' };

let moves: string[];
let endpoints: MediaEndpoints;

beforeEach(() => {
  moves = [];
  endpoints = new MediaEndpoints(HOME.address, (plane, path) =>
    moves.push(`${plane} ${path.address} ${path.port}`),
  );
});

describe('media endpoints', () => {
  it('are where the launch came from, each change told once', () => {
    endpoints.ping('audio', 'payload', HOME, 0);
    endpoints.ping('audio', 'payload', HOME, 500);
    endpoints.ping('audio', 'payload', OTHER_PORT, 1000);
    endpoints.ping('video', 'payload', HOME, 1000);
    expect(moves).toEqual(['audio 192.0.2.1 5000', 'audio 192.0.2.1 5001', 'video 192.0.2.1 5000']);
  });

  it('do not follow a ping to an address that nobody vouched for', () => {
    endpoints.ping('video', 'payload', AWAY, 0);
    endpoints.vouch(HOME, 100);
    expect(moves).toEqual([]);
  });

  it('follow a remembered ping once its address is vouched for, within 10 s', () => {
    endpoints.ping('video', 'payload', AWAY, 0);
    endpoints.vouch(AWAY, 9000);
    expect(moves).toEqual(['video 198.51.100.7 6000']);
    endpoints.ping('audio', 'payload', { ...AWAY, port: 7 }, 18_000);
    expect(moves.at(-1)).toBe('audio 198.51.100.7 7');
    endpoints.ping('audio', 'payload', { ...AWAY, port: 8 }, 19_001);
    expect(moves.at(-1)).toBe('audio 198.51.100.7 7');
    endpoints.vouch(AWAY, 40_000);
    expect(moves.at(-1)).toBe('audio 198.51.100.7 7');
  });

  it.each([
    ['one port', () => 7000, 2],
    ['ever another port', (now: number) => 7000 + (now % 100), 0],
  ])(
    'are led away by pings forged from %s for half a second a minute at most',
    (_, port, times) => {
      endpoints.ping('video', 'payload', HOME, 0);
      moves = [];
      // The client pings every 500 ms; where it is, the kernel hands its pings to the media process.
      let led = 0;
      for (let now = 5000; now < 185_000; now += 20) {
        endpoints.ping('video', 'payload', { ...HOME, port: port(now) }, now);
        const away = moves.at(-1)?.endsWith(' 5000') === false;
        if (away) led += 20;
        if (away && now % 500 === 0) endpoints.ping('video', 'payload', HOME, now);
      }
      expect(moves).toHaveLength(times * 2);
      expect(led / 180_000).toBeLessThan(0.01);
      expect(endpoints.contested).toBeGreaterThan(5000);
    },
  );

  it('follow a router that forgot where media went, though control stays', () => {
    endpoints.ping('video', 'payload', HOME, 0);
    for (let now = 5000; now <= 35_000; now += 500) {
      endpoints.ping('video', 'payload', OTHER_PORT, now);
    }
    expect(moves.at(-1)).toBe('video 192.0.2.1 5001');
  });

  it('move at once where the control connection moved too', () => {
    endpoints.vouch(HOME, 0);
    endpoints.ping('video', 'payload', HOME, 0);
    endpoints.ping('video', 'payload', OTHER_PORT, 5000);
    expect(moves.at(-1)).toBe('video 192.0.2.1 5000');
    endpoints.vouch({ ...HOME, port: 9 }, 6000);
    endpoints.ping('video', 'payload', OTHER_PORT, 6100);
    expect(moves.at(-1)).toBe('video 192.0.2.1 5001');
  });

  it('of clients without a payload wait for their ANNOUNCE and never move', () => {
    endpoints.ping('audio', 'legacy', HOME, 0);
    expect(endpoints.awaitsLegacy('audio', HOME.address)).toBe(true);
    expect(moves).toEqual([]);
    endpoints.setLegacy(true, 1000);
    expect(moves).toEqual(['audio 192.0.2.1 5000']);
    expect(endpoints.awaitsLegacy('audio', HOME.address)).toBe(false);
    endpoints.ping('audio', 'legacy', OTHER_PORT, 2000);
    endpoints.ping('video', 'legacy', AWAY, 2000);
    expect(moves.length).toBe(1);
    expect(endpoints.awaitsLegacy('video', AWAY.address)).toBe(false);
  });

  it('of clients with a payload take no ping without it', () => {
    endpoints.setLegacy(false, 0);
    expect(endpoints.awaitsLegacy('video', HOME.address)).toBe(false);
    endpoints.ping('video', 'legacy', HOME, 0);
    expect(moves).toEqual([]);
  });
});

describe('media pings', () => {
  it('are 20 bytes, or the four of older clients', () => {
    const whole = Buffer.from('0123456789ABCDEF\0\0\0\x07', 'latin1');
    expect(decodeMediaPing(whole)).toEqual({
      kind: 'payload',
      payload: '0123456789ABCDEF',
      counter: 7,
    });
    expect(decodeMediaPing(whole.subarray(0, 19))).toBeUndefined();
    expect(decodeMediaPing(Buffer.from('PING'))).toEqual({ kind: 'legacy' });
    expect(decodeMediaPing(Buffer.from('PONG'))).toBeUndefined();
    expect(decodeMediaPing(Buffer.alloc(0))).toBeUndefined();
  });
});
