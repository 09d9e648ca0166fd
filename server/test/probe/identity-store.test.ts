import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IdentityStore } from '../../src/probe/identity-store.ts';
import { EXIT } from '../../src/probe/outcome.ts';

let folder: string;
beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(os.tmpdir(), 'earthshine-probe-')), 'deep/er');
});
afterEach(() => rm(path.dirname(path.dirname(folder)), { recursive: true, force: true }));

const failure = (opening: Promise<unknown>) =>
  opening.then(
    () => undefined,
    (error: unknown) => error as { exit: number; code: string; message: string },
  );

describe('the identity of a probe', () => {
  it('is made once, private, and stays the same', async () => {
    const first = await IdentityStore.open(folder);
    await first.remember('a-host', Buffer.from('certificate'));
    await first.close();
    await first.close();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(folder)) {
      expect((await stat(path.join(folder, name))).mode & 0o777, name).toBe(0o600);
    }
    const again = await IdentityStore.open(folder);
    expect(again.identity.certificatePem).toBe(first.identity.certificatePem);
    expect(again.pinOf('a-host')).toEqual(Buffer.from('certificate'));
    expect(again.pinOf('another')).toBeUndefined();
    await again.close();
  });

  it('serves one probe at a time, and one that was killed is no hindrance', async () => {
    const first = await IdentityStore.open(folder);
    expect(await failure(IdentityStore.open(folder))).toMatchObject({
      exit: EXIT.refused,
      code: 'identity-in-use',
    });
    await first.close();
    // No process has this number.
    await writeFile(path.join(folder, 'probe.pid'), '4194305\n');
    const next = await IdentityStore.open(folder);
    await next.close();
    expect(await readdir(folder)).toEqual(['identity.json']);
  });

  it.each([
    ['identity.json', '{"certificate":1}'],
    ['identity.json', '{"certificate":"x","privateKey":"y"}'],
    ['identity.json', ''],
    ['hosts.json', '[]'],
    ['hosts.json', '{"host":"not base64!"}'],
  ])('that is damaged is said, not replaced: %s %s', async (name, text) => {
    const first = await IdentityStore.open(folder);
    await first.close();
    await writeFile(path.join(folder, name), text);
    const found = await failure(IdentityStore.open(folder));
    expect(found).toMatchObject({ exit: EXIT.failed, code: 'identity' });
    expect(found!.message).toContain(`remove ${name} there`);
    expect(await readdir(folder)).not.toContain('probe.pid');
  });

  it('says when the folder cannot be one', async () => {
    const file = path.join(os.tmpdir(), `earthshine-probe-file-${process.pid}`);
    await writeFile(file, '');
    expect((await failure(IdentityStore.open(path.join(file, 'x'))))!.message).toContain(
      'cannot be used',
    );
    await rm(file);
  });
});
