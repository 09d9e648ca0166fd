import fc from 'fast-check';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';

import { endGroup, groupMembers, groupOf } from '../../src/apps/process-group.ts';

describe('groupOf', () => {
  it.each([
    ['4711 (sleep) S 1 4700 4700 0 -1', 4700],
    ['4711 (a) S 1 99 (b) R 1 4700 4700 0', 4700],
    ['4711 (x ) Z 1 2 3) S 1 4700 4700 0', 4700],
    ['4711 (sleep) Z 1 4700 4700 0 -1', undefined],
  ])('of %j is %j', (stat, group) => {
    expect(groupOf(stat)).toBe(group);
  });

  it('is not misled by any name', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 15 }), (name) => {
        expect(groupOf(`4711 (${name}) S 1 4700 4700 0`)).toBe(4700);
      }),
    );
  });
});

describe('a process group', () => {
  it('is known by its number, and by its token where that is asked for', async () => {
    const child = spawn('/bin/sh', ['-c', 'sleep 60 & sleep 60 & wait'], {
      detached: true,
      stdio: 'ignore',
      env: { PATH: process.env['PATH'], EARTHSHINE_RUN: 'token' },
    });
    await once(child, 'spawn');
    const group = child.pid!;
    while ((await groupMembers(group, 'token')).length < 3) await new Promise(setImmediate);
    expect(await groupMembers(group, undefined)).toContain(group);
    expect(await groupMembers(group, 'toke')).toEqual([]);
    await endGroup(group, 'another token');
    expect(await groupMembers(group, undefined)).toHaveLength(3);
    await endGroup(group, 'token');
    expect(await groupMembers(group, undefined)).toEqual([]);
  });
});
