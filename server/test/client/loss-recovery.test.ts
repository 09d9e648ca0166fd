import { describe, expect, it } from 'vitest';
import { PacketLoss } from '../../src/client/loss.ts';
import { LossRecovery, type RecoveryMode } from '../../src/client/video/loss-recovery.ts';

const [P, IDR, REFRESH, AFTER] = [1, 2, 4, 5];

function recovery(mode: RecoveryMode): { asked: string[]; recovery: LossRecovery } {
  const asked: string[] = [];
  return {
    asked,
    recovery: new LossRecovery(mode, {
      keyframe: () => asked.push('keyframe'),
      invalidate: (first, last) => asked.push(`${first}…${last}`),
    }),
  };
}

describe('a client without invalidation', () => {
  it('shows nothing before the first keyframe, and asks for none', () => {
    const { asked, recovery: client } = recovery('keyframe');
    expect([client.admits(1, P!), client.admits(2, IDR!), client.admits(3, P!)]).toEqual([
      false,
      true,
      true,
    ]);
    expect(asked).toEqual([]);
  });

  it('asks once for each gap, when the first complete frame after it arrives', () => {
    const { asked, recovery: client } = recovery('keyframe');
    client.admits(1, IDR!);
    client.lost(2, 2);
    expect(asked).toEqual([]);
    expect(client.admits(3, P!)).toBe(false);
    expect(client.admits(4, AFTER!)).toBe(false);
    expect(asked).toEqual(['keyframe']);
    client.lost(5, 6);
    client.admits(7, P!);
    expect(asked).toEqual(['keyframe', 'keyframe']);
    expect(client.admits(8, IDR!)).toBe(true);
    expect(client.admits(9, P!)).toBe(true);
    expect(client.droppedFrames).toBe(3);
  });

  it('asks again after 120 frames that it dropped', () => {
    const { asked, recovery: client } = recovery('keyframe');
    client.admits(1, IDR!);
    client.lost(2, 2);
    for (let index = 3; index < 3 + 121; index++) client.admits(index, P!);
    expect(asked).toEqual(['keyframe', 'keyframe']);
  });
});

describe('a client with invalidation', () => {
  it('names what it misses, longer with every frame, until a clean one comes', () => {
    const { asked, recovery: client } = recovery('invalidation');
    client.admits(1, IDR!);
    client.admits(2, P!);
    client.lost(3, 4);
    expect(client.admits(5, P!)).toBe(false);
    expect(client.admits(6, P!)).toBe(false);
    expect(client.admits(7, AFTER!)).toBe(true);
    expect(client.admits(8, P!)).toBe(true);
    expect(asked).toEqual(['3…4', '3…5', '3…6']);
    client.lost(9, 9);
    expect(client.admits(10, REFRESH!)).toBe(true);
  });

  it('takes a keyframe when its decoder gives up', () => {
    const { asked, recovery: client } = recovery('invalidation');
    client.admits(1, IDR!);
    client.decoderFailed();
    expect(client.admits(2, AFTER!)).toBe(false);
    expect(client.admits(3, IDR!)).toBe(true);
    expect(asked).toEqual(['keyframe']);
  });
});

describe('injected loss', () => {
  it.each([
    [2, 1],
    [2, 3],
    [10, 8],
  ])('%i %% in bursts of %i, the same in every run', (percentage, burst) => {
    const run = (seed: number): boolean[] => {
      const loss = new PacketLoss({ percentage, burst, seed });
      return Array.from({ length: 50_000 }, () => loss.drops());
    };
    const drops = run(4);
    expect(run(4)).toEqual(drops);
    expect(run(5)).not.toEqual(drops);
    const lost = drops.filter(Boolean).length;
    expect(Math.abs(lost / 500 - percentage)).toBeLessThan(percentage * 0.15);
    const bursts = drops.filter((drop, i) => drop && !drops[i - 1]).length;
    expect(lost / bursts).toBeGreaterThanOrEqual(burst);
  });
});
