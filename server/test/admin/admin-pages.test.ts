import { rename, stat, symlink, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { OwnerSocketUnusable } from '../../src/admin/owner-socket.ts';
import { FINGERPRINT, startAdmin } from './admin-harness.ts';
import type { Admin, Answer } from './admin-harness.ts';

let admin: Admin;
/** Over the owner's socket: what signing in adds is tested beside this. */
const own = (method: string, url: string, body?: unknown): Promise<Answer> =>
  admin.ask(method, url, { owner: true, body });
const refusal = (answer: Answer) => [answer.status, answer.json?.error?.code];

beforeEach(async () => {
  admin = await startAdmin();
  await admin.devices.add({ fingerprint: FINGERPRINT, name: 'TV', certificatePem: 'SECRET PEM' });
});

afterEach(() => admin.close());

describe('the pages', () => {
  const get = (url: string) => admin.ask('GET', url);

  it('are served, with index.html for every path of the page itself', async () => {
    for (const url of ['/', '/devices', '/apps/steam', '/?x=1']) {
      const answer = await get(url);
      expect([answer.status, answer.text]).toEqual([
        200,
        '<!doctype html><title>Earthshine</title>',
      ]);
      expect(answer.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
      });
    }
    const asset = await get('/assets/app-1234.js');
    expect(asset.headers['content-type']).toMatch(/javascript/);
    expect(asset.headers['cache-control']).toBe('max-age=31536000,immutable');
    expect((await get('/icon.svg')).headers['content-type']).toBe('image/svg+xml');
    expect((await get('/assets/none.js')).status).toBe(404);
    expect((await admin.ask('HEAD', '/')).status).toBe(200);
  });

  it('never lead out of their folder', async () => {
    await writeFile(path.join(admin.folder, 'secret.txt'), 'SECRET');
    await symlink(path.join(admin.folder, 'secret.txt'), path.join(admin.folder, 'web/link.txt'));
    await writeFile(path.join(admin.folder, 'web/.hidden.txt'), 'SECRET');
    for (const url of [
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/..%5c..%5csecret.txt',
      '/%252e%252e/secret.txt',
      '//secret.txt',
      '/./secret.txt',
      `/${admin.folder}/secret.txt`,
      '/secret.txt%00.js',
      '/link.txt',
      '/.hidden.txt',
      '/%',
      '/%ff.js',
    ]) {
      const answer = await get(url);
      expect([url, answer.text.includes('SECRET')]).toEqual([url, false]);
      expect([400, 404]).toContain(answer.status);
    }
  });
});

describe('the owner’s socket', () => {
  it('is 0600, goes with the host, and is taken over from one that died', async () => {
    expect((await stat(admin.socketPath)).mode & 0o777).toBe(0o600);
    await expect(admin.again()).rejects.toThrow(OwnerSocketUnusable);
    await admin.server.close();
    await expect(stat(admin.socketPath)).rejects.toThrow(/ENOENT/);

    const left = net.createServer();
    await new Promise<void>((resolve) => left.listen(`${admin.socketPath}.x`, resolve));
    await rename(`${admin.socketPath}.x`, admin.socketPath);
    await new Promise((resolve) => left.close(resolve));
    expect((await stat(admin.socketPath)).isSocket()).toBe(true);
    await admin.again();
    expect((await own('GET', '/api/v1/status')).status).toBe(200);
  });

  it('refuses what a browser would send', async () => {
    const answer = await admin.ask('DELETE', '/api/v1/sessions', {
      owner: true,
      headers: { origin: 'https://evil.example' },
    });
    expect(refusal(answer)).toEqual([403, 'foreign-origin']);
  });

  it('does not open beside a port that is taken', async () => {
    const options = { port: admin.server.port, socketPath: path.join(admin.folder, 'other.sock') };
    await expect(admin.again(options)).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: expect.stringMatching(
        new RegExp(
          `^TCP port ${admin.server.port} is held by .+ \\(process ${process.pid}\\).+--admin-port\\.$`,
        ),
      ) as string,
    });
    await expect(stat(options.socketPath)).rejects.toThrow(/ENOENT/);
  });

  it('says which address is none of this machine', async () => {
    const options = {
      addresses: ['203.0.113.9'],
      socketPath: path.join(admin.folder, 'other.sock'),
    };
    await expect(admin.again(options)).rejects.toThrow(
      '203.0.113.9 is no address of this machine. Correct --bind.',
    );
  });
});
