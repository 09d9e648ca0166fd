import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { admitOwnUser, authorityFile } from '../../../src/displays/private/x11-access.ts';
import { nativeAddon } from '../../../src/native/addon.ts';

const cookie = Buffer.alloc(16, 0x5a);
let folder: string;
let end: () => void = () => {};
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'x11-access-'));
});
afterEach(() => {
  end();
  rmSync(folder, { recursive: true });
});

// Of two servers that look for a free number at the same moment, one ends.
it(
  'a server with a cookie lets programs of this user in once it was told to',
  { retry: 3 },
  async () => {
    mkdirSync('/tmp/.X11-unix', { recursive: true, mode: 0o1777 });
    const file = path.join(folder, 'Xauthority');
    writeFileSync(file, authorityFile(cookie));
    // prettier-ignore
    const server = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '320x200x24', '-nolisten', 'tcp', '-noreset', '-auth', file],
    { stdio: ['ignore', 'pipe', 'ignore'] });
    end = () => server.kill('SIGKILL');
    const [text] = (await once(server.stdout, 'data')) as [Buffer];
    const number = Number(text.toString());
    const display = `:${number}`;
    await expect(nativeAddon().listX11Screens(display)).rejects.toThrow();
    await expect(admitOwnUser(number, Buffer.alloc(16))).rejects.toThrow('refuses its own cookie');
    await admitOwnUser(number, cookie);
    expect(await nativeAddon().listX11Screens(display)).toHaveLength(1);
  },
);

it('a display that is not there is told of', async () => {
  await expect(admitOwnUser(64_000, cookie)).rejects.toThrow(/X64000/);
});
