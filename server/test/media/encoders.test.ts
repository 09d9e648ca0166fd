import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { driverVersion } from '../../src/media/driver-version.ts';
import { probeEncoders } from '../../src/media/encoder-probing.ts';
import { Encoders } from '../../src/media/encoders.ts';
import type { EncoderProbe } from '../../src/native/media-addon.ts';

const child = fileURLToPath(new URL('child.ts', import.meta.url));
const log = pino({ level: 'silent' });
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'earthshine-encoders-'));
});
afterEach(async () => {
  // What was found is told before it is kept: the file may be under way.
  await rm(folder, { recursive: true, maxRetries: 10, retryDelay: 50 });
});

function probe(behaviour = '', limit?: number): Promise<readonly EncoderProbe[]> {
  return probeEncoders({
    log,
    start: { command: process.execPath, args: ['--no-warnings', child, behaviour] },
    build: 'test',
    ...(limit !== undefined && { limit }),
  });
}

const X264: EncoderProbe = {
  name: 'x264',
  codec: 'h264',
  profiles: [{ name: 'High', chroma: '4:2:0', bitDepth: 8 }],
  invalidation: true,
};

describe('the test of the encoders', () => {
  it('runs in a process of its own', async () => {
    expect(await probe()).toMatchObject([{ name: 'x264', profiles: [{ name: 'High' }] }]);
  });

  it('says so when its process crashes, hangs, is another program or cannot be started', async () => {
    await expect(probe('crash-on-probe')).rejects.toThrow('encoders ended by SIGSEGV.');
    await expect(probe('hang-on-probe', 1_500)).rejects.toThrow('did not end within 1.5 s');
    await expect(probe('other-build')).rejects.toThrow('another build');
    const nowhere = { command: '/nonexistent', args: [] };
    await expect(probeEncoders({ log, start: nowhere, build: 'test' })).rejects.toThrow(
      'could not be started',
    );
  });
});

describe('what encoders can do', () => {
  let probes: number;
  let answer: () => Promise<readonly EncoderProbe[]>;
  const open = (build = 'a', drivers = 'kernel 1') =>
    Encoders.open({
      file: path.join(folder, 'encoders.json'),
      build,
      drivers: async () => drivers,
      probe: () => {
        probes += 1;
        return answer();
      },
      log,
    });
  /** Until the result of this build lies on the disk. */
  const kept = (build: string) =>
    expect
      .poll(() => readFile(path.join(folder, 'encoders.json'), 'utf8').catch(() => ''))
      .toContain(`"build":"${build}"`);
  beforeEach(() => {
    probes = 0;
    answer = async () => [X264];
  });

  it('is tested once for each build and driver, and kept', async () => {
    const first = await open();
    await first.known();
    expect(first.found).toEqual([X264]);
    await kept('a');
    const again = await open();
    expect(again.found).toEqual([X264]);
    await again.known();
    expect(probes).toBe(1);
    await open('b');
    await kept('b');
    await open('b', 'kernel 2');
    expect(probes).toBe(3);
  });

  it('is what it was until a new test has ended, and after one that failed', async () => {
    await open();
    await kept('a');
    const gate = Promise.withResolvers<readonly EncoderProbe[]>();
    answer = () => gate.promise;
    const upgraded = await open('b');
    await upgraded.known();
    expect(upgraded.found).toEqual([X264]);
    const full = { name: 'High 4:4:4 Predictive', chroma: '4:4:4', bitDepth: 8 } as const;
    const better: EncoderProbe = { ...X264, profiles: [...X264.profiles, full] };
    gate.resolve([better]);
    await kept('b');
    expect(upgraded.found).toEqual([better]);

    answer = () => Promise.reject(new Error('It crashed.'));
    const crashing = await open('c');
    await expect.poll(() => crashing.fault).toBe('It crashed.');
    expect(crashing.found).toEqual([better]);
  });

  it('is tested anew where nothing worked before', async () => {
    answer = async () => [{ ...X264, fault: 'No memory.' }];
    await (await open()).known();
    await kept('a');
    answer = async () => [X264];
    const again = await open();
    await again.known();
    expect(again.found).toEqual([X264]);
  });

  it('is asked for again by each launch while no test has ended well', async () => {
    answer = () => Promise.reject(new Error('It crashed.'));
    const encoders = await open();
    await expect(encoders.known()).rejects.toThrow('It crashed.');
    answer = async () => [X264];
    await Promise.all([encoders.known(), encoders.known()]);
    expect(probes).toBe(2);
    expect(encoders.fault).toBeUndefined();
  });

  it('is tested anew when what was kept is damaged or cannot be written', async () => {
    const file = path.join(folder, 'encoders.json');
    await writeFile(file, '{"build":"a","drivers":"kernel 1","encoders":[{"name":1}]}');
    await (await open()).known();
    await expect.poll(() => readFile(file, 'utf8')).toContain('x264');
    await rm(file);
    await mkdir(file);
    const unkept = await open();
    await unkept.known();
    expect(unkept.found).toEqual([X264]);
  });
});

it('knows the drivers by processor, kernel, graphics cards and NVIDIA’s version', async () => {
  const card = path.join(folder, 'sys/class/drm/renderD128/device');
  await mkdir(card, { recursive: true });
  await mkdir(path.join(folder, 'proc/driver/nvidia'), { recursive: true });
  await writeFile(path.join(card, 'vendor'), '0x10de\n');
  await writeFile(path.join(card, 'device'), '0x2684\n');
  await symlink('../../../bus/pci/drivers/nvidia', path.join(card, 'driver'));
  const version = path.join(folder, 'proc/driver/nvidia/version');
  await writeFile(version, 'NVRM version: 575.1\nGCC version: 14\n');
  const before = await driverVersion(folder);
  expect(before).toContain('renderD128 nvidia 0x10de 0x2684; NVRM version: 575.1');
  expect(before).toContain(os.release());
  await writeFile(version, 'NVRM version: 580.2\nGCC version: 14\n');
  expect(await driverVersion(folder)).not.toBe(before);
  expect(await driverVersion(path.join(folder, 'nothing'))).toContain(os.release());
});
