import { pino } from 'pino';
import { beforeEach, expect, it } from 'vitest';

import { ThreadClasses } from '../../src/sessions/thread-classes.ts';

let lines: Record<string, unknown>[];
let classes: ThreadClasses;

beforeEach(() => {
  lines = [];
  classes = new ThreadClasses(
    pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line)) }),
  );
});

const good = { capture: 'nice', encode: 'nice', send: 'realtime', audio: 'realtime' } as const;

it('logs what was granted, at first and when it changes', () => {
  for (const send of ['realtime', 'realtime', 'normal', 'normal', 'realtime'] as const) {
    classes.seen({ ...good, send });
  }
  expect(lines).toMatchObject([
    { ...good, msg: 'thread classes granted' },
    { send: 'normal' },
    { send: 'realtime' },
  ]);
  expect(lines).toHaveLength(3);
});

it('tells the owner what may be late, once the answer is out, and until it is better', () => {
  const normal = { ...good, send: 'normal', audio: 'normal' } as const;
  expect(classes.seen(normal)).toBeUndefined();
  expect(classes.seen(normal)).toMatch(/video and sound may be late.*rtkit/);
  expect(classes.seen({ ...normal, audio: 'nice' })).toMatch(/ video may be late/);
  expect(classes.seen(good)).toBeUndefined();
});
