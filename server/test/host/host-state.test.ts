import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';

import type { DataDirectory } from '../../src/host/data-directory.ts';
import { openHostState } from '../../src/host/host-state.ts';
import { OpenParts } from '../../src/host/open-parts.ts';

const log = pino({ level: 'silent' });
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'host-state-'));
});
afterEach(() => rm(folder, { recursive: true }));

const data = { file: (name: string) => path.join(folder, name) } as DataDirectory;

async function opened<T>(
  use: (state: Awaited<ReturnType<typeof openHostState>>) => Promise<T>,
  renew = false,
): Promise<T> {
  const parts = new OpenParts(log);
  try {
    return await use(await openHostState(data, parts, () => log, renew));
  } finally {
    await parts.close();
  }
}

it('that new devices may ask, or not, outlives the process', async () => {
  await opened(async ({ desk }) => {
    expect(desk.enabled).toBe(true);
    desk.enabled = false;
  });
  await opened(async ({ desk }) => expect(desk.enabled).toBe(false));
});

it('an identity that is gone while devices are paired is made anew only on the word of the owner, and told', async () => {
  await opened(async ({ losses, devices }) => {
    expect(losses.messages).toEqual([]);
    await devices.add({ fingerprint: 'a'.repeat(64), name: 'TV', certificatePem: '' });
  });
  await rm(path.join(folder, 'identity'), { recursive: true });
  await expect(opened(async () => {})).rejects.toThrow(/gone, while a device is paired with it/);
  await opened(async ({ losses, problems }) => {
    expect(losses.messages).toEqual([expect.stringMatching(/new identity.*paired again/s)]);
    expect(problems.list().map(({ message }) => message)).toEqual(losses.messages);
  }, true);
  await opened(async ({ losses }) => expect(losses.messages).toEqual([]), true);
});
