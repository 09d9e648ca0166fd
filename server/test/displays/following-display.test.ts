import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { FollowingDisplay, type OpenedDisplay } from '../../src/displays/following-display.ts';
import { RecordedDisplay, RecordedDisplays } from '../sessions/recorders.ts';

const WISH = {
  kind: 'desktop',
  width: 1280,
  height: 720,
  rateNumerator: 60,
  rateDenominator: 1,
  device: 'f'.repeat(64),
  deviceName: 'TV',
} as const;

let desktop: RecordedDisplays;
/** what runs now; absent: nothing */
let running: OpenedDisplay | undefined;
let looks: number;
beforeEach(() => {
  vi.useFakeTimers();
  desktop = new RecordedDisplays();
  running = undefined;
  looks = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

function one(display: string, asksPerson = false): OpenedDisplay & { display: RecordedDisplay } {
  desktop.source = { kind: 'x11', display, cursor: true };
  return { display: new RecordedDisplay(desktop, WISH), asksPerson };
}

function follow(first: OpenedDisplay) {
  const display = new FollowingDisplay(first, async () => {
    looks += 1;
    if (!running) throw new Error('Nothing runs.');
    return running;
  });
  const told: string[] = [];
  display.on('away', (reason) => told.push(`away: ${reason}`));
  display.on('back', () => told.push('back'));
  display.on('changed', () => told.push('changed'));
  return { display, told };
}

it('goes on with the desktop that comes in the place of one that ended', async () => {
  const game = one(':7');
  const { display, told } = follow(game);
  game.display.refresh = async () => {};
  game.display.emit('away', 'gamescope has ended.');
  await vi.advanceTimersByTimeAsync(3_000);
  expect([display.away, display.source]).toEqual(['gamescope has ended.', game.display.source]);
  const plasma = one(':8');
  running = plasma;
  await vi.advanceTimersByTimeAsync(2_000);
  expect([display.away, display.source]).toEqual([undefined, plasma.display.source]);
  expect(told).toEqual(['away: gamescope has ended.', 'changed', 'back']);
  expect([game.display.closed, plasma.display.closed]).toEqual([1, 0]);
  // What the old one says does not count any more; the new one is followed like the first.
  game.display.emit('away', 'still gone');
  plasma.display.emit('away', 'Plasma has ended.');
  expect(told.slice(3)).toEqual(['away: Plasma has ended.']);
  await display.close();
  expect(plasma.display.closed).toBe(1);
});

it('keeps a desktop that is there again by itself', async () => {
  const first = one(':7');
  const { display, told } = follow(first);
  first.display.refresh = async () => void first.display.emit('back');
  first.display.emit('away', 'It restarts.');
  await vi.advanceTimersByTimeAsync(1_000);
  expect([told, looks, display.away]).toEqual([['away: It restarts.', 'back'], 0, undefined]);
});

it('asks ever more seldom, and no more once it is closed', async () => {
  const first = one(':7');
  const { display } = follow(first);
  first.display.refresh = async () => {};
  first.display.emit('away', 'It has ended.');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(looks).toBeGreaterThan(25);
  expect(looks).toBeLessThan(35);
  const before = looks;
  await display.close();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(looks).toBe(before);
});

it('is looked at when its pictures ended, unless that would put a question to somebody', async () => {
  const quiet = one(':7');
  follow(quiet).display.lost();
  expect(quiet.display.refreshed).toBe(1);
  const asking = one(':8', true);
  const { display } = follow(asking);
  display.lost();
  asking.display.emit('away', 'Sharing was stopped.');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asking.display.refreshed).toBe(0);
  // Who comes and asks for it may be asked in turn.
  await display.refresh();
  expect(asking.display.refreshed).toBe(1);
});

it('a desktop that is found while it is closed is given back', async () => {
  const first = one(':7');
  const late = one(':8');
  const found = Promise.withResolvers<OpenedDisplay>();
  const display = new FollowingDisplay(first, () => found.promise);
  first.display.refresh = async () => {};
  first.display.emit('away', 'It has ended.');
  await vi.advanceTimersByTimeAsync(500);
  await display.close();
  found.resolve(late);
  await vi.advanceTimersByTimeAsync(10);
  expect(late.display.closed).toBe(1);
});

it('says on a card what is wrong once that takes longer, until there is a picture again', async () => {
  const first = one(':7');
  const { display, told } = follow(first);
  first.display.refresh = async () => {};
  first.display.emit('away', 'KWin has ended.');
  await vi.advanceTimersByTimeAsync(29_900);
  expect(display.source.kind).toBe('x11');
  await vi.advanceTimersByTimeAsync(200);
  expect(display.source).toMatchObject({
    kind: 'card',
    lines: [
      'No picture just now',
      'KWin has ended.',
      expect.stringContaining('The stream goes on'),
    ],
  });
  expect(display.descriptors).toBeUndefined();
  // What it is then is told when it is seen.
  first.display.emit('changed');
  first.display.emit('back');
  expect(display.source.kind).toBe('x11');
  expect(told).toEqual(['away: KWin has ended.', 'changed', 'changed', 'back']);
  first.display.emit('away', 'again');
  await display.close();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(display.source.kind).toBe('x11');
});

it('the card tells what somebody else knows better than the desktop', async () => {
  const first = one(':7');
  const hint = () => 'The screen is locked.';
  const display = new FollowingDisplay(first, () => Promise.reject(new Error('none')), hint);
  first.display.refresh = async () => {};
  first.display.emit('away', 'GNOME has ended the stream.');
  await vi.advanceTimersByTimeAsync(4_000);
  expect(display.source).toMatchObject({ lines: expect.arrayContaining([hint()]) });
  await display.close();
});
