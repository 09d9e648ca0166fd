import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { fixFor } from '../../../src/captures/fixes/fix.ts';
import { GuardedFixes } from '../../../src/captures/fixes/guarded-fixes.ts';
import { Recorder } from '../../../src/captures/recorder.ts';
import type { Verdict } from '../../../src/captures/verdict/verdict.ts';
import type { VerdictCode } from '../../../src/captures/verdict/sentences.ts';
import { ListedSessions, streaming } from '../../admin/admin-harness.ts';
import { DrivenSession } from '../captured.ts';
import { HEALTHY, simulate } from '../simulated-stream.ts';
import type { SimulatedStream } from '../simulated-stream.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A stream that loses many packets, beside its fixes; its seconds go by as the test says. */
function lossyStream() {
  const log = pino({ level: 'silent' });
  const recorder = new Recorder({
    log,
    recordings: { freshId: () => 'x', add: () => Promise.resolve() } as never,
    problems: { report: () => undefined },
    always: () => false,
    host: () => ({ name: 'h', version: '0', versions: {}, settings: {} }),
  });
  const sessions = new ListedSessions();
  const session = new DrivenSession(7, { source: 'x11' });
  sessions.set([session.view()]);
  recorder.observe(session);
  session.happenings.pass({ kind: 'state', state: 'streaming' });
  let now = 0;
  const fixes = new GuardedFixes({ log, sessions, recorder, now: () => now });
  const lossy: SimulatedStream = { ...HEALTHY, lost: 8, saved: 0.3 };
  const play = (seconds: number, change: Partial<SimulatedStream> = {}) => {
    for (const second of simulate({ ...lossy, seconds, ...change })) {
      session.play([second]);
      now += 1000;
      vi.advanceTimersByTime(1000);
    }
  };
  play(20);
  return { fixes, sessions, play, offered: () => fixes.offered(session.view()) };
}

describe('a fix', () => {
  it('is applied at a click, and stays when it helped', () => {
    const { fixes, sessions, play, offered } = lossyStream();
    expect(offered()).toEqual({ kind: 'parity', from: 20, to: 40 });
    expect(fixes.apply(7)).toBe(true);
    expect(sessions.bounds).toEqual([[7, { fecPercentage: 40 }]]);
    expect(fixes.applied(7)).toMatchObject({ state: 'checking', secondsLeft: 60 });
    // One at a time.
    expect(offered()).toBeUndefined();
    expect(fixes.apply(7)).toBe(false);
    play(30, { lost: 0 });
    expect(fixes.applied(7)).toMatchObject({ state: 'checking', secondsLeft: 30 });
    play(31, { lost: 0 });
    expect(fixes.applied(7)).toEqual({ kind: 'parity', from: 20, to: 40, state: 'kept' });
    expect(sessions.bounds).toHaveLength(1);
  });

  it('is taken back by itself, long before the minute is over, when it made things worse', () => {
    const { fixes, sessions, play, offered } = lossyStream();
    fixes.apply(7);
    play(15, { lost: 25, saved: 0 });
    expect(fixes.applied(7)?.state).toBe('rolled-back');
    expect(sessions.bounds.at(-1)).toEqual([7, {}]);
    // It would do so again.
    expect(offered()).toBeUndefined();
  });

  it('stays where all is as before: chance takes nothing back', () => {
    const { fixes, play } = lossyStream();
    fixes.apply(7);
    play(62, { seed: 3 });
    expect(fixes.applied(7)?.state).toBe('kept');
  });

  it('is taken back when the round trip grows', () => {
    const { fixes, play } = lossyStream();
    fixes.apply(7);
    play(15, { roundTrip: 60 });
    expect(fixes.applied(7)?.state).toBe('rolled-back');
  });

  it('is undone at a click, also after its check, and once', () => {
    const { fixes, sessions, play } = lossyStream();
    fixes.apply(7);
    play(62, { lost: 0 });
    expect(fixes.undo(7)).toBe(true);
    expect(sessions.bounds.at(-1)).toEqual([7, {}]);
    expect(fixes.applied(7)?.state).toBe('undone');
    expect(fixes.undo(7)).toBe(false);
  });

  it('is over with the stream', () => {
    const { fixes, sessions } = lossyStream();
    fixes.apply(7);
    sessions.set([{ ...streaming, state: 'paused' }]);
    expect(fixes.applied(7)).toBeUndefined();
    expect(fixes.undo(7)).toBe(false);
  });
});

describe('what may help', () => {
  const fix = (code: VerdictCode, targetKbps: number, fecPercentage: number, parity = true) =>
    fixFor({ code } as Verdict, { targetKbps, fecPercentage, parity });

  it('is more repair, then less of everything, and nothing where that was used up', () => {
    expect(fix('packets-lost', 20_000, 40)).toEqual({ kind: 'parity', from: 40, to: 50 });
    expect(fix('packets-lost', 20_000, 50)).toEqual({ kind: 'bitrate', from: 20_000, to: 14_000 });
    expect(fix('packets-lost', 20_000, 0, false)).toMatchObject({ kind: 'bitrate' });
    expect(fix('packets-lost', 2_500, 50)).toBeUndefined();
  });

  it.each(['smooth', 'encode-slow', 'source-slow', 'still', 'network-narrow'] as const)(
    'is nothing for %s',
    (code) => expect(fix(code, 20_000, 20)).toBeUndefined(),
  );
});
