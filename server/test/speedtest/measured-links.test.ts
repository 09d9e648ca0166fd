import { beforeEach, describe, expect, it } from 'vitest';

import { MeasuredLinks } from '../../src/speedtest/measured-links.ts';

const DAY = 24 * 3_600_000;
let time: number;
let links: MeasuredLinks;

beforeEach(() => {
  time = 5000;
  links = new MeasuredLinks(() => time);
});

describe('what speed tests found', () => {
  it('leaves a fifth to others, and belongs to one address', () => {
    links.note('192.0.2.7', 30_001);
    expect(links.linkKbps('192.0.2.7')).toBe(24_000);
    expect(links.linkKbps('192.0.2.8')).toBeUndefined();
    links.note('192.0.2.7', 100_000);
    expect(links.linkKbps('192.0.2.7')).toBe(80_000);
    links.forget('192.0.2.7');
    expect(links.linkKbps('192.0.2.7')).toBeUndefined();
  });

  it('counts for a day', () => {
    links.note('192.0.2.7', 30_000);
    time += DAY - 1;
    expect(links.linkKbps('192.0.2.7')).toBe(24_000);
    time += 1;
    expect(links.linkKbps('192.0.2.7')).toBeUndefined();
    links.note('192.0.2.7', 30_000);
    expect(links.linkKbps('192.0.2.7')).toBe(24_000);
  });

  it('is kept of 64 addresses, those measured last', () => {
    for (let last = 1; last <= 64; last++) links.note(`192.0.2.${last}`, 10_000);
    links.note('192.0.2.1', 20_000);
    links.note('192.0.2.65', 10_000);
    expect(links.linkKbps('192.0.2.1')).toBe(16_000);
    expect(links.linkKbps('192.0.2.2')).toBeUndefined();
    expect(links.linkKbps('192.0.2.3')).toBe(8000);
    expect(links.linkKbps('192.0.2.65')).toBe(8000);
  });

  it('lowers what the owner set, and raises nothing', () => {
    expect(links.limit('192.0.2.7', 800_000)).toEqual({ kbps: 800_000, from: 'set' });
    links.note('192.0.2.7', 30_000);
    expect(links.limit('192.0.2.7', 800_000)).toEqual({ kbps: 24_000, from: 'measured' });
    expect(links.limit('192.0.2.7', 20_000)).toEqual({ kbps: 20_000, from: 'set' });
    expect(links.limit('192.0.2.8', 800_000)).toEqual({ kbps: 800_000, from: 'set' });
  });
});
