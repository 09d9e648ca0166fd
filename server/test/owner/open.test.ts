import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { OwnerPage, snapOf } from '../../src/owner/browser.ts';
import { linkPage, troublePage } from '../../src/owner/open-page.ts';
import { runOpen } from '../../src/owner/open.ts';
import { messageOf } from '../../src/owner/user-unit.ts';
import { PASSWORD, startAdmin } from '../admin/admin-harness.ts';
import type { Admin } from '../admin/admin-harness.ts';

let folder: string;
let shown: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-open-'));
  shown = path.join(folder, 'shown');
  vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`);
  vi.stubEnv('XDG_RUNTIME_DIR', folder);
  program('systemctl', 'exit 1');
  program('xdg-settings', 'echo firefox.desktop');
  // A browser that keeps what it was shown.
  program(
    'xdg-open',
    `cp "$1" "${shown}"; stat -c %a "$1" > "${shown}.mode"; echo "$@" > "${shown}.words"`,
  );
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function program(name: string, line: string): void {
  writeFileSync(path.join(folder, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
}

describe('earthshine open', () => {
  let admin: Admin;
  beforeEach(async () => {
    admin = await startAdmin();
  });
  afterEach(() => admin.close());

  it('shows a file of the owner’s alone that leads to the admin, and takes it away once it was used', async () => {
    const said: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0);
    const opening = runOpen(admin.folder, []);
    const page = await vi.waitUntil(
      () => {
        try {
          return readFileSync(`${shown}.words`, 'utf8') && readFileSync(shown, 'utf8');
        } catch {
          return undefined;
        }
      },
      { timeout: 20_000 },
    );
    const [, token = ''] = /#login=([\w-]+)"/.exec(page) ?? [];
    expect(readFileSync(`${shown}.mode`, 'utf8')).toBe('600\n');
    expect(readFileSync(`${shown}.words`, 'utf8')).not.toContain(token);
    expect(page).toContain('warns about its certificate');
    const answer = await admin.ask('POST', '/api/v1/login-link', { body: { token } });
    const { secret } = answer.json as { secret: string };
    expect(
      (await admin.ask('POST', '/api/v1/setup', { body: { secret, password: PASSWORD } })).status,
    ).toBe(204);
    expect(await opening).toBe(0);
    expect(readdirSync(path.join(folder, 'earthshine'))).toEqual([]);
    expect(said.join('')).not.toContain(token);
  });

  it('says where the admin is when no browser can be started', async () => {
    program('xdg-open', 'exit 3');
    program('gio', 'exit 1');
    const said: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
    expect(await runOpen(admin.folder, [])).toBe(1);
    expect(said.join('')).toContain(`https://localhost:${admin.server.port}`);
  });
});

it('says what to install where there is neither unit nor host', async () => {
  const said: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  program('xdg-open', 'exit 1');
  program('gio', 'exit 1');
  expect(await runOpen(folder, [])).toBe(1);
  expect(said.join('')).toContain('no user unit');
  await expect(runOpen(folder, ['now'])).rejects.toThrow('one word too many');
});

it('shows a page to browsers that are snaps where they see it', async () => {
  expect(snapOf('firefox_firefox.desktop\n')).toBe('firefox');
  expect(snapOf('org.mozilla.firefox.desktop')).toBeUndefined();
  const page = await OwnerPage.write('x', folder);
  expect(path.dirname(page.file)).toBe(path.join(folder, 'earthshine'));
  expect(statSync(path.dirname(page.file)).mode & 0o777).toBe(0o700);
  await page.remove();
});

it('writes pages that hold no markup of what they tell', () => {
  expect(troublePage('<script>"')).toContain('&lt;script&gt;&quot;');
  const known = linkPage({ url: 'https://localhost:1/#login=a', setUp: true });
  expect(known).toContain('http-equiv="refresh"');
  expect(linkPage({ url: 'https://localhost:1/#login=a', setUp: false })).not.toContain('refresh');
});

it('reads messages out of the journal’s lines', () => {
  expect(messageOf('{"level":50,"msg":"the port is taken"}')).toBe('the port is taken');
  expect(messageOf('plain words ')).toBe('plain words');
});
