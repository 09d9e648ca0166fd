import { expect, it } from 'vitest';

import { KeptStream } from '../../src/displays/kept-stream.ts';

/** Streams that begin when the test says so. */
class Desktop {
  readonly begun: { resolve: (name: string) => void; reject: (error: Error) => void }[] = [];
  readonly told: string[] = [];
  readonly ends: ((reason: string) => void)[] = [];
  readonly kept = new KeptStream<string>((lost) => {
    this.ends.push(lost);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.begun.push({ resolve, reject });
    return promise;
  });
  get(): Promise<string> {
    return this.kept.get((reason) => this.told.push(reason));
  }
}

it('is one for all who ask, also for those who ask while it begins', async () => {
  const desktop = new Desktop();
  const asked = [desktop.get(), desktop.get()];
  desktop.begun[0]!.resolve('first');
  expect(await Promise.all([...asked, desktop.get()])).toEqual(['first', 'first', 'first']);
  expect(desktop.begun).toHaveLength(1);
});

it('is begun anew after its end, which is told once', async () => {
  const desktop = new Desktop();
  const first = desktop.get();
  desktop.begun[0]!.resolve('first');
  await first;
  desktop.ends[0]!('it ended');
  const second = desktop.get();
  desktop.begun[1]!.resolve('second');
  expect([await second, desktop.told]).toEqual(['second', ['it ended']]);
});

it('that cannot begin is tried again by the next who asks', async () => {
  const desktop = new Desktop();
  const first = desktop.get();
  desktop.begun[0]!.reject(new Error('It was refused.'));
  await expect(first).rejects.toThrow('It was refused.');
  const second = desktop.get();
  desktop.begun[1]!.resolve('second');
  expect([await second, desktop.told]).toEqual(['second', []]);
});

it('is released when it is there, when it comes later, and not when it has ended', async () => {
  const ended: string[] = [];
  const end = (name: string) => ended.push(name);
  const there = new Desktop();
  const first = there.get();
  there.begun[0]!.resolve('there');
  await first;
  await there.kept.release(end);
  expect(ended).toEqual(['there']);

  const late = new Desktop();
  const second = late.get();
  await late.kept.release(end);
  late.begun[0]!.resolve('late');
  await second;
  await Promise.resolve();
  expect(ended).toEqual(['there', 'late']);

  const gone = new Desktop();
  const third = gone.get();
  gone.begun[0]!.resolve('gone');
  await third;
  gone.ends[0]!('it ended');
  await gone.kept.release(end);
  await new Desktop().kept.release(end);
  expect(ended).toEqual(['there', 'late']);
});
