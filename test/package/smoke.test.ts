import https from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';

import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import { expectClean, expectEveryFrame } from '../e2e/support/expectations.ts';
import { HostUnderTest } from '../e2e/support/host-under-test.ts';
import { Viewing } from '../e2e/support/viewing.ts';

// What a package installs, run away from the source tree: one program, its two addons and the pages. The control
// worker and the media process have to start from inside the program itself.

let host: HostUnderTest;
let client: GameStreamClient;
beforeAll(async () => {
  expect(
    process.env['EARTHSHINE_E2E_PROGRAM'],
    'scripts/test package names the program',
  ).toBeTruthy();
  host = await HostUnderTest.start();
  client = await host.pairedClient();
});
afterAll(() => host?.close());

it('answers ctl', async () => {
  const { stdout } = await host.ctl('status', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ status: { name: 'under-test' } });
});

it('draws the picture of an app that has none', async () => {
  const { body } = await client.art((await client.app('Desktop')).id);
  expect(body.subarray(1, 4).toString('latin1')).toBe('PNG');
});

it('serves the admin pages', async () => {
  const page = await new Promise<string>((resolve, reject) => {
    https
      .get({ host: '127.0.0.1', port: host.base + 1, rejectUnauthorized: false }, (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
        answer.on('end', () => resolve(text));
      })
      .on('error', reject);
  });
  expect(page).toContain('<title>Earthshine</title>');
});

it('streams the test pattern, and goes on when its media process is killed', async () => {
  const app = (await client.app('Test pattern')).id;
  const viewing = new Viewing(await client.stream(app, { width: 640, height: 360, fps: 30 }));
  try {
    await viewing.started();
    await viewing.reached(20);
    expectEveryFrame(viewing);
    process.kill(host.streamingProcess(), 'SIGKILL');
    await viewing.next((frame) => frame.keyframe, 'IDR after the crash');
  } finally {
    await viewing.close();
    await client.cancel();
  }
  expectClean(viewing);
});
