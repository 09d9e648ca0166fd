import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { DisplayWish } from '../../src/displays/display.ts';
import { HostActionProvider } from '../../src/displays/host-action/host-action-provider.ts';
import type { HostAction } from '../../src/displays/host-action/host-action.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const WISH: DisplayWish = {
  kind: 'host-sleep',
  width: 1280,
  height: 720,
  rateNumerator: 60,
  rateDenominator: 1,
  device: 'f'.repeat(64),
  deviceName: 'TV',
  options: { input: 'auto' },
};

/** One that records what it did, and is refused while `refused` says so. */
function scene(parts: Partial<HostAction> = {}) {
  const seen = { performed: 0, refused: undefined as string | undefined, told: [] as string[] };
  const action: HostAction = {
    kind: 'host-sleep',
    title: 'Sleep',
    announcement: 'The PC goes to sleep',
    available: async () => true,
    refusal: async () => seen.refused,
    perform: async () => {
      seen.performed += 1;
      return 'Done.';
    },
    ...parts,
  };
  const provider = new HostActionProvider(action, (name, why) => seen.told.push(`${name}: ${why}`));
  return { seen, provider };
}

async function opened(parts: Partial<HostAction> = {}) {
  const { seen, provider } = scene(parts);
  const display = await provider.open(WISH);
  let over = false;
  display.on('over', () => {
    over = true;
  });
  const said = (): string =>
    display.source.kind === 'card' ? display.source.lines.join(' ') : display.source.kind;
  return { seen, display, said, isOver: () => over };
}

describe('a host action', () => {
  it('counts down from when somebody sees it, and is done then', async () => {
    const { seen, display, said, isOver } = await opened();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen.performed).toBe(0);
    display.watched?.();
    expect(said()).toContain('The PC goes to sleep in 5 s.');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(said()).toContain('in 3 s.');
    expect(said()).toContain('cancel');
    await vi.advanceTimersByTimeAsync(3_000);
    expect(seen.performed).toBe(1);
    expect([said(), isOver()]).toEqual(['Sleep Done.', false]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(isOver()).toBe(true);
  });

  it.each(['pressed', 'left'] as const)('is cancelled by %s, until the last moment', async (by) => {
    const { seen, display, said, isOver } = await opened();
    display.watched?.();
    await vi.advanceTimersByTimeAsync(4_999);
    display[by]?.();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(seen.performed).toBe(0);
    expect(said()).toContain('Cancelled');
    expect(isOver()).toBe(true);
  });

  it('is cancelled by quitting, which closes its display', async () => {
    const { seen, display } = await opened({ afterStream: true });
    display.watched?.();
    await vi.advanceTimersByTimeAsync(4_000);
    await display.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(seen.performed).toBe(0);
  });

  it('that is refused is not begun, and not done when something came meanwhile', async () => {
    const { seen, provider } = scene();
    seen.refused = 'Phone streams.';
    await expect(provider.open(WISH)).rejects.toThrow('Phone streams.');
    const late = await opened();
    late.display.watched?.();
    late.seen.refused = 'Phone streams.';
    await vi.advanceTimersByTimeAsync(6_000);
    expect(late.seen.performed).toBe(0);
    expect(late.said()).toBe('Sleep Phone streams.');
  });

  it('that its own stream is in the way of is done once that is over', async () => {
    const { seen, display, isOver } = await opened({ afterStream: true });
    display.watched?.();
    await vi.advanceTimersByTimeAsync(5_000);
    expect([seen.performed, isOver()]).toEqual([0, true]);
    const closed = display.close();
    await vi.advanceTimersByTimeAsync(2_000);
    await closed;
    await display.close();
    expect(seen.performed).toBe(1);
  });

  it('that fails says so: on its card, or to the owner where nobody sees that any more', async () => {
    const perform = () => Promise.reject(new Error('logind said no.'));
    const shown = await opened({ perform });
    shown.display.watched?.();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(shown.said()).toBe('Sleep logind said no.');
    const gone = await opened({ perform, afterStream: true });
    gone.display.watched?.();
    await vi.advanceTimersByTimeAsync(5_000);
    const closed = gone.display.close();
    await vi.advanceTimersByTimeAsync(2_000);
    await closed;
    expect(gone.seen.told).toEqual(['TV: logind said no.']);
  });
});
