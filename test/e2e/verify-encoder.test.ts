import { existsSync } from 'node:fs';
import path from 'node:path';

import { expect, it } from 'vitest';

import { TestProcess } from './support/processes.ts';

// `earthshine verify encoder` as a person runs it, on a machine whose GPU is a stand-in of libva.so.2 (native/test/stand_ins),
// which scripts/native builds beside the native tests.

const PROGRAM =
  process.env['EARTHSHINE_E2E_PROGRAM'] ??
  path.resolve(import.meta.dirname, '../../build/earthshine.cjs');
const [COMMAND, PREFIX] = PROGRAM.endsWith('.cjs') ? [process.execPath, [PROGRAM]] : [PROGRAM, []];
const STAND_INS = path.resolve(import.meta.dirname, '../../native/build/Release/stand-ins');

async function verify(
  orders: string,
  ...words: string[]
): Promise<{ code: number | null; output: string }> {
  expect(existsSync(path.join(STAND_INS, 'libva.so.2')), `${STAND_INS} is not built`).toBe(true);
  const running = new TestProcess(
    'verify',
    COMMAND,
    [...PREFIX, 'verify', 'encoder', ...words, '--gpu', '/dev/null', '--mode', '320x192'],
    {
      env: {
        PATH: process.env['PATH'] ?? '/usr/bin:/bin',
        LD_LIBRARY_PATH: STAND_INS,
        EARTHSHINE_STAND_IN_VA: orders,
        ...(process.env['EARTHSHINE_ADDON'] && {
          EARTHSHINE_ADDON: process.env['EARTHSHINE_ADDON'],
        }),
      },
    },
  );
  const { child } = running;
  if (running.running) await new Promise((resolve) => child.once('exit', resolve));
  await running.close();
  return { code: child.exitCode, output: running.output };
}

it('reports what an encoder does, decoded, and what the stand-in cannot: keep a bitrate', async () => {
  const { output } = await verify('works', 'vaapi');
  expect(output).toContain('Stand-in driver 1.0, /dev/null');
  for (const codec of ['h264 High', 'hevc Main', 'hevc Main 10'])
    expect(output).toContain(`vaapi, ${codec}`);
  expect(output.match(/ok {4}first frame: a keyframe/g)).toHaveLength(3);
  expect(output).toContain('a lost frame: was answered by: predicted from an older frame');
  expect(output.match(/ok {4}keyframe on demand: came at once/g)).toHaveLength(3);
  expect(output.match(/ok {4}decoded with a loss: the same pictures as without/g)).toHaveLength(3);
  // Without loss nothing is small.
  expect(output).toMatch(/WRONG bitrate: /);
});

it('tells of a driver that crashes, and goes on with the next encoder', async () => {
  // The test of the encoders takes three frames of each codec.
  const { code, output } = await verify('crash=20');
  expect(output).toMatch(/vaapi, h264 High.*\n {2}WRONG The encoder ended by SIGSEGV\./);
  expect(output).toMatch(/x264, h264 High.*\n {2}ok {4}opened: x264, /);
  expect(code).toBe(1);
});

it('says why an encoder cannot be had', async () => {
  const { code, output } = await verify('no-cbr', 'vaapi');
  expect(output).toContain('cannot hold a constant bitrate');
  expect(code).toBe(1);
});
