import { pino } from 'pino';
import { expect, it } from 'vitest';

import { OpenParts } from '../../src/host/open-parts.ts';

it('closes in reverse, once, and goes on behind a part that cannot be closed', async () => {
  const parts = new OpenParts(pino({ level: 'silent' }));
  const closed: string[] = [];
  const part = (name: string, failure?: Error) => ({
    close: async () => {
      closed.push(name);
      if (failure) throw failure;
    },
  });
  const first = part('first');
  expect(parts.keep(first)).toBe(first);
  parts.keep(part('second', new Error('stuck')));
  parts.keep(part('third'));
  await Promise.all([parts.close(), parts.close()]);
  expect(closed).toEqual(['third', 'second', 'first']);
});
