import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Recorder } from '../../src/captures/recorder.ts';
import { MOST_SAMPLES } from '../../src/captures/recording.ts';
import { Recordings } from '../../src/captures/recordings.ts';
import { SUMMARY_POINTS } from '../../src/captures/stream-capture.ts';
import { DrivenSession } from './captured.ts';
import { HEALTHY, simulate } from './simulated-stream.ts';

let folder: string;
let always: boolean;
let problems: { device?: string; message: string }[];
let recordings: Recordings;
let recorder: Recorder;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'earthshine-recorder-'));
  always = false;
  problems = [];
  const log = pino({ level: 'silent' });
  recordings = new Recordings({ folder, log, budget: () => 100_000_000 });
  recorder = new Recorder({
    log,
    recordings,
    problems: { report: (problem) => void problems.push(problem as (typeof problems)[number]) },
    always: () => always,
    host: () => ({ name: 'host', version: '1', versions: {}, settings: {} }),
  });
});
afterEach(async () => {
  await recorder.close();
  await rm(folder, { recursive: true });
});

function observed(id = 7): DrivenSession {
  const session = new DrivenSession(id);
  recorder.observe(session);
  session.happenings.pass({ kind: 'state', state: 'streaming' });
  return session;
}

const kinds = async () =>
  (await recordings.list()).map((one) => 'header' in one && [one.header.kind, one.header.samples]);

describe('Recorder', () => {
  it('leaves a summary of every session, and a recording of what was asked for', async () => {
    const session = observed();
    session.play(simulate({ ...HEALTHY, seconds: 10 }));
    recorder.start(7);
    expect(recorder.list()).toMatchObject([
      { session: 7, samples: 10, recordingSince: expect.any(Number) },
    ]);
    session.play(simulate({ ...HEALTHY, seconds: 30 }));
    const stopped = await recorder.stop(7);
    expect(stopped).toMatchObject({ header: { kind: 'capture', samples: 30, truncated: false } });
    expect(recorder.list()[0]!.recordingSince).toBeUndefined();
    session.end();
    await recorder.close();
    expect(await kinds()).toEqual(
      expect.arrayContaining([
        ['summary', 40],
        ['capture', 30],
      ]),
    );
    expect(recorder.list()).toEqual([]);
  });

  it('records as a whole what the owner wants recorded always, and what runs when the host stops', async () => {
    always = true;
    observed().play(simulate({ ...HEALTHY, seconds: 12 }));
    await recorder.close();
    expect(await kinds()).toEqual(
      expect.arrayContaining([
        ['summary', 12],
        ['capture', 12],
      ]),
    );
  });

  it('keeps what went before, where that is asked for while it streams', async () => {
    const session = observed();
    session.play(simulate({ ...HEALTHY, seconds: 15 }));
    expect(await recorder.save(7)).toMatchObject({ header: { samples: 15 } });
    await expect(recorder.save(8)).rejects.toThrow(RangeError);
  });

  it('has what happened, on the clock of the seconds', async () => {
    const session = observed();
    session.play(simulate({ ...HEALTHY, seconds: 10 }));
    session.happenings.pass({ kind: 'keyframe-requested' });
    session.play(simulate({ ...HEALTHY, seconds: 10 }));
    const { id } = (await recorder.save(7))!;
    const { events, table } = await recordings.read(id);
    expect(events.find(({ kind }) => kind === 'keyframe-requested')!.at).toBe(10_000);
    expect(table.times[0]).toBe(1000);
    expect(table.times[9]).toBe(10_000);
  });

  it('tells the owner of a stream that stays bad, once', () => {
    const session = observed();
    session.play(simulate({ ...HEALTHY, seconds: 120, encode: 84 }));
    expect(recorder.verdict(7)).toMatchObject({ code: 'encode-slow', severity: 'bad' });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({
      device: 'TV',
      message: expect.stringContaining('the encoder needs'),
    });
  });

  it('knows that a source is gone and that it is back', () => {
    const session = observed();
    session.play(simulate({ ...HEALTHY, drawn: 0, seconds: 10 }));
    expect(recorder.verdict(7).code).toBe('still');
    session.happenings.pass({ kind: 'notice', part: 'source', message: 'X is gone.' });
    session.play(simulate({ ...HEALTHY, drawn: 0, seconds: 2 }));
    expect(recorder.verdict(7).code).toBe('source-gone');
    session.happenings.pass({ kind: 'notice', part: 'source' });
    session.play(simulate({ ...HEALTHY, drawn: 0, seconds: 2 }));
    expect(recorder.verdict(7).code).toBe('still');
  });

  it('keeps three hours in bounded memory, in a file of 10 MB at the most, and says that more was cut off', async () => {
    const session = observed();
    recorder.start(7);
    const minutes = simulate({ ...HEALTHY, seconds: 300, lost: 0.5 });
    const bytes: number[] = [];
    for (let played = 0; played < 4 * 3600; played += 300) {
      session.play(minutes);
      bytes.push(recorder.bytes(7));
    }
    expect(Math.max(...bytes)).toBeLessThanOrEqual(6_000_000);
    const { id, header } = (await recorder.stop(7)) as {
      id: string;
      header: { samples: number; truncated: boolean };
    };
    expect(header.truncated).toBe(true);
    expect(header.samples).toBeGreaterThanOrEqual(MOST_SAMPLES);
    expect((await stat(path.join(folder, `${id}.json`))).size).toBeLessThan(10_000_000);
    session.end();
    await recorder.close();
    const summary = (await recordings.list()).find(
      (one) => 'header' in one && one.header.kind === 'summary',
    )!;
    expect(summary.bytes).toBeLessThan(300_000);
    expect((await recordings.read(summary.id)).table.times.length).toBeLessThanOrEqual(
      2 * SUMMARY_POINTS,
    );
  });

  it('has less than a point for each pixel to show of three hours', () => {
    const session = observed();
    const minutes = simulate({ ...HEALTHY, seconds: 300 });
    for (let played = 0; played < 3600; played += 300) session.play(minutes);
    const { table, next } = recorder.samples(7, 0, 600);
    expect(next).toBe(3600);
    expect(table.times).toHaveLength(600);
    expect(recorder.samples(7, 3590, 600).table.times).toHaveLength(10);
  });
});
