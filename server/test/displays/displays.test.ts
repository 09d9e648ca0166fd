import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { AbsentDesktop, probeOfFailure } from '../../src/displays/absent-desktop.ts';
import type {
  Display,
  DisplayKind,
  DisplayOptions,
  DisplayProbe,
  DisplayProvider,
  LaunchWish,
} from '../../src/displays/display.ts';
import { Displays } from '../../src/displays/displays.ts';
import { TestPatternProvider } from '../../src/displays/test-pattern.ts';
import { Uinput } from '../../src/displays/uinput.ts';
import { RecordedDisplays } from '../sessions/recorders.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const WISH: LaunchWish = {
  kind: 'desktop',
  width: 1280,
  height: 720,
  rateNumerator: 60,
  rateDenominator: 1,
  device: 'f'.repeat(64),
  deviceName: 'TV',
};

/** A desktop that is there or not. */
class Desktop implements DisplayProvider {
  readonly kinds: readonly DisplayKind[];
  readonly name: string;
  works = true;
  absent = false;
  probes = 0;
  opened = 0;
  constructor(name: string, kinds: readonly DisplayKind[] = ['desktop']) {
    this.name = name;
    this.kinds = kinds;
  }
  get title(): string {
    return `${this.name} desktop`;
  }
  async probe(): Promise<DisplayProbe> {
    this.probes += 1;
    if (this.absent) return probeOfFailure(new AbsentDesktop(`${this.name} does not run.`));
    return { works: this.works, detail: `of ${this.name}`, input: [] };
  }
  environment() {
    return { WHERE: this.name };
  }
  async open(): Promise<Display> {
    this.opened += 1;
    if (this.absent) throw new AbsentDesktop(`${this.name} does not run.`);
    if (!this.works) throw new Error(`${this.name} is not there.`);
    return new RecordedDisplays().acquire(WISH);
  }
}

function displays(...providers: DisplayProvider[]) {
  const options: { -readonly [K in keyof DisplayOptions]: DisplayOptions[K] } = { input: 'auto' };
  const uinput = new Uinput({ probeUinput: () => ({ backend: 'uinput', usable: true }) });
  const parts = { uinput, log: pino({ level: 'silent' }), options: () => options };
  return { options, all: new Displays({ ...parts, providers }) };
}

it('asks desktops in their order, and says what the first one says when none is there', async () => {
  const first = new Desktop('first');
  const second = new Desktop('second');
  const { all } = displays(first, second);
  first.works = false;
  await all.acquire(WISH);
  expect([first.opened, second.opened]).toEqual([1, 1]);
  second.works = false;
  await expect(all.acquire(WISH)).rejects.toThrow('first is not there.');
  await expect(all.acquire({ ...WISH, kind: 'test-pattern' })).rejects.toThrow('no test pattern');
});

it('begins with the one that worked at the last look, and asks the chosen one alone', async () => {
  const first = new Desktop('first');
  const second = new Desktop('second');
  first.works = false;
  const { all, options } = displays(first, second);
  await all.look();
  expect(all.environment(WISH)).toEqual({ WHERE: 'second' });
  await all.acquire(WISH);
  expect(first.opened).toBe(0);
  options.provider = 'first';
  expect(all.environment(WISH)).toEqual({ WHERE: 'first' });
  await expect(all.acquire(WISH)).rejects.toThrow('first is not there.');
});

it('the test pattern is there whatever desktop was chosen', async () => {
  const { all, options } = displays(new Desktop('first'), new TestPatternProvider());
  options.provider = 'first';
  const display = await all.acquire({ ...WISH, kind: 'test-pattern' });
  expect([display.source.kind, display.input.kind]).toEqual(['test-pattern', 'none']);
});

it('the status asks no desktop; a look does, every 10 s at most', async () => {
  const desktop = new Desktop('first');
  const { all } = displays(desktop);
  expect(all.status().sources).toEqual([
    { name: 'first desktop', works: false, detail: 'not looked at yet' },
  ]);
  for (let second = 0; second < 20; second++) {
    await all.look();
    expect(all.status().sources).toMatchObject([{ works: true, detail: 'of first' }]);
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(desktop.probes).toBe(2);
});

it('asks no portal, which that would start, where a desktop works without', async () => {
  const desktop = new Desktop('first');
  const x11 = new Desktop('x11');
  const portal = Object.assign(new Desktop('portal'), { asksPerson: true as const });
  const { all, options } = displays(desktop, x11, portal);
  await all.look();
  expect([desktop.probes, portal.probes]).toEqual([1, 0]);
  expect(all.status().sources.map(({ name }) => name)).toEqual(['first desktop', 'x11 desktop']);
  // Its X server alone is no desktop.
  desktop.absent = true;
  await vi.advanceTimersByTimeAsync(11_000);
  await all.look();
  expect(portal.probes).toBe(1);
  desktop.absent = false;
  options.provider = 'portal';
  await vi.advanceTimersByTimeAsync(11_000);
  await all.look();
  expect(portal.probes).toBe(2);
});

const OWN = { ...WISH, kind: 'own' } as const;
const NO_OWN = 'that takes KDE Plasma, GNOME or Sway';

it("a screen of the device's own: no desktop that can make one is told as that, not as the first of them", async () => {
  await expect(displays(new Desktop('first')).all.acquire(OWN)).rejects.toThrow(NO_OWN);
  const able = new Desktop('able', ['desktop', 'own']);
  able.absent = true;
  const { all, options } = displays(able, new Desktop('other'));
  await expect(all.acquire(OWN)).rejects.toThrow(NO_OWN);
  options.provider = 'able';
  await expect(all.acquire(OWN)).rejects.toThrow('able does not run.');
  options.provider = 'other';
  await expect(all.acquire(OWN)).rejects.toThrow(NO_OWN);
});

it('one that runs and makes none says why itself', async () => {
  const able = new Desktop('able', ['desktop', 'own']);
  const { all } = displays(able);
  await all.look();
  able.works = false;
  await expect(all.acquire(OWN)).rejects.toThrow('able is not there.');
});

it('what could be had once is offered from then on, though its desktop is away', async () => {
  const able = new Desktop('able', ['desktop', 'own']);
  able.works = false;
  const { all } = displays(able);
  await all.look();
  expect(all.offers('own')).toBe(false);
  able.works = true;
  await vi.advanceTimersByTimeAsync(11_000);
  expect(all.offers('own')).toBe(false);
  await vi.advanceTimersByTimeAsync(0);
  expect(all.offers('own')).toBe(true);
  able.works = false;
  await vi.advanceTimersByTimeAsync(11_000);
  await all.look();
  expect([all.offers('own'), all.offers('test-pattern')]).toEqual([true, false]);
});

it('offers nothing of a desktop that was not chosen', async () => {
  const { all, options } = displays(new Desktop('able', ['desktop', 'own']), new Desktop('other'));
  options.provider = 'other';
  await all.look();
  expect([all.offers('own'), all.offers('desktop')]).toEqual([false, true]);
});

it('kinds of desktop that do not run here are not told of, unless there is none, or one was chosen', async () => {
  const first = new Desktop('first');
  const second = new Desktop('second');
  first.absent = true;
  const { all, options } = displays(first, second, new TestPatternProvider());
  const names = () => all.status().sources.map(({ name, works }) => `${name}: ${works}`);
  await all.look();
  expect(names()).toEqual(['second desktop: true', 'Test pattern: true']);

  second.works = false;
  await expect(all.acquire(WISH)).rejects.toThrow('second is not there.');
  second.absent = true;
  await expect(all.acquire(WISH)).rejects.toThrow('No desktop runs here that could be streamed');
  await vi.advanceTimersByTimeAsync(10_000);
  await all.look();
  expect(names()).toEqual(['Desktop: false', 'Test pattern: true']);

  options.provider = 'first';
  expect(names()).toEqual(['first desktop: false', 'Test pattern: true']);
  await expect(all.acquire(WISH)).rejects.toThrow('first does not run.');
});

it('what shows no screen is offered whichever desktop was chosen, and the status says nothing of it', async () => {
  const game = new Desktop('gamescope', ['desktop', 'game-mode']);
  const card = Object.assign(new Desktop('sleep', ['host-sleep']), { isNoScreen: true as const });
  const { all, options } = displays(game, card, new Desktop('other'));
  options.provider = 'other';
  await all.look();
  expect(all.offers('game-mode')).toBe(true);
  expect(all.offers('host-sleep')).toBe(true);
  expect(all.status().sources.map(({ name }) => name)).toEqual([
    'gamescope desktop',
    'other desktop',
  ]);
  await all.acquire({ ...WISH, kind: 'game-mode' });
  await all.acquire({ ...WISH, kind: 'host-sleep' });
  expect([game.opened, card.opened]).toEqual([1, 1]);
  game.absent = true;
  await expect(all.acquire({ ...WISH, kind: 'game-mode' })).rejects.toThrow(/^Game Mode does not/);
});

it('who wants no picture has the desktop without a question on its screen', async () => {
  const asking = Object.assign(new Desktop('portal'), { asksPerson: true as const });
  const silent = new Desktop('silent');
  silent.absent = true;
  const { all } = displays(asking, silent);
  await expect(all.acquireUnasked({ ...WISH, kind: 'input-only' })).rejects.toThrow(/No desktop/);
  silent.absent = false;
  const display = await all.acquireUnasked({ ...WISH, kind: 'input-only' });
  expect(display.source).toMatchObject({ kind: 'x11' });
  expect([asking.opened, silent.opened]).toEqual([0, 2]);
});

it('desktops that run are woken, each by itself, and one that fails keeps no other dark', async () => {
  const woken: string[] = [];
  const wakes = (name: string, failure?: string) =>
    Object.assign(new Desktop(name), {
      wake: async () => {
        woken.push(name);
        if (failure !== undefined) throw new Error(failure);
      },
    });
  const away = wakes('away');
  away.works = false;
  const { all } = displays(wakes('broken', 'No.'), away, new Desktop('other'), wakes('sway'));
  await all.look();
  await all.wake();
  expect(woken).toEqual(['broken', 'sway']);
});
