import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { LiveOptions } from '../../src/config/live-options.ts';

let folder: string;
let file: string;
const environment = { HOME: '/home/owner', EARTHSHINE_PACING: 'off' };

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'earthshine-settings-'));
  file = path.join(folder, 'settings.json');
});
afterEach(() => rm(folder, { recursive: true }));

const state = (live: LiveOptions, name: string) => live.list().find((one) => one.name === name);

describe('settings that the owner chooses', () => {
  it('count at once for whoever keeps the options, and after a restart', async () => {
    const live = await LiveOptions.open({ environment }, file);
    const { options } = live;
    const changed: unknown[] = [];
    live.on('changed', (names) => changed.push(names));
    expect(options.fecPercentage).toBe(20);
    await live.change({ fecPercentage: 35, name: 'Den', allowPublic: true });
    expect(options).toMatchObject({ fecPercentage: 35, name: 'Den', allowPublic: true });
    expect(changed).toEqual([['fecPercentage', 'name', 'allowPublic']]);
    expect(state(live, 'fecPercentage')).toEqual({
      name: 'fecPercentage',
      source: 'store',
      value: 35,
    });
    expect((await LiveOptions.open({ environment }, file)).options.fecPercentage).toBe(35);
    await live.change({ fecPercentage: null });
    expect(options.fecPercentage).toBe(20);
    expect(state(live, 'fecPercentage')).toEqual({ name: 'fecPercentage', source: 'default' });
  });

  it('that the host reads when it starts wait for that, and say so', async () => {
    const live = await LiveOptions.open({ environment }, file);
    await live.change({ basePort: '50000' });
    expect(live.options.basePort).toBe(47989);
    expect(state(live, 'basePort')).toMatchObject({ source: 'default', pending: '50000' });
    const again = await LiveOptions.open({ environment }, file);
    expect(again.options.basePort).toBe(50000);
    await again.change({ basePort: null });
    expect(state(again, 'basePort')).toMatchObject({ value: 50000, pending: null });
  });

  it('are locked where something that comes first gives them', async () => {
    const live = await LiveOptions.open({ environment }, file);
    expect(state(live, 'pacing')).toMatchObject({ source: 'environment', value: 'off' });
    await expect(live.change({ pacing: 'smooth', fecPercentage: 3 })).rejects.toMatchObject({
      reason: 'locked',
      setting: 'pacing',
    });
    await expect(live.change({ data: '/elsewhere' })).rejects.toMatchObject({ reason: 'locked' });
    expect(live.options.fecPercentage).toBe(20);
  });

  it('are refused as a whole when one is not taken', async () => {
    const live = await LiveOptions.open({ environment }, file);
    await expect(live.change({ name: 'Den', fecPercentage: 300 })).rejects.toMatchObject({
      reason: 'not-taken',
      setting: 'fecPercentage',
      takes: 'a whole number from 0 to 255 per cent',
    });
    expect(live.options.name).not.toBe('Den');
  });

  it('of a damaged file, or of another version, keep no host from starting', async () => {
    await writeFile(file, '{"fecPercentage": 35, "pacing": "sideways", "basePort": 12');
    expect((await LiveOptions.open({ environment }, file)).options.fecPercentage).toBe(20);
    await writeFile(file, '{"fecPercentage": 35, "linkKbps": "fast", "colour": 3}');
    expect((await LiveOptions.open({ environment }, file)).options).toMatchObject({
      fecPercentage: 35,
      sending: { linkKbps: 800_000 },
    });
  });

  it('changed at the same time are all kept', async () => {
    const live = await LiveOptions.open({ environment }, file);
    await Promise.all([live.change({ name: 'Den' }), live.change({ fecPercentage: 3 })]);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ name: 'Den', fecPercentage: 3 });
  });
});
