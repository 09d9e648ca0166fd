import path from 'node:path';

import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { ControlWorker } from '../../../src/gamestream/control/control-worker.ts';
import {
  freePorts,
  launch,
  LAUNCH,
  log,
  ping,
  PING,
  pingOf,
  SETTINGS,
  start,
  udpSocket,
} from './control-host.ts';
import { until } from './free-ports.ts';

describe('the control worker', () => {
  const file = path.join(import.meta.dirname, 'worker-fixture.ts');

  it('does the same on a thread of its own', async () => {
    const plane = new ControlWorker({ file, log });
    const { seen, audioPort, connect } = await start(plane);
    expect(await plane.thread).toBeGreaterThan(1);
    await plane.openGamepads(7, 'Phone', 1);
    plane.expect({ ...LAUNCH, gamepads: { owner: 7, attached: 0, keep: true } });
    const port = await ping(PING, audioPort);
    await until(() => seen('endpoint').length > 0, 'the endpoint');
    expect(seen('endpoint')[0]![3]).toMatchObject({ port });
    plane.configure(1, { ...SETTINGS, input: { ...SETTINGS.input, backend: 'none' } });
    const { stream, ended } = await connect();
    await until(() => seen('connected').length > 0, 'the connection');
    plane.aim(1, SETTINGS.input);
    await until(() => seen('notice').length > 1, 'the notices');
    expect(seen('notice')).toEqual([
      ['notice', 1, 'gamepad', 'no devices in this test'],
      ['notice', 1, 'input', 'no devices in this test'],
    ]);
    plane.closeGamepads(7);
    stream.requestKeyframe();
    await until(() => seen('keyframeRequested').length > 1, 'the request');
    expect((await plane.counters())['control-messages']).toBeGreaterThan(1);
    await plane.end(1, 0x80030023);
    expect(ended).toEqual([0x80030023]);
    await plane.close();
    await plane.close();
    expect(seen('fault')).toEqual([]);
  });

  it('says which port is taken', async () => {
    const ports = await freePorts();
    await udpSocket(ports.audioPort);
    const plane = new ControlWorker({ file, log });
    onTestFinished(() => plane.close());
    await expect(plane.open({ addresses: ['127.0.0.1'], ...ports })).rejects.toThrow(
      `UDP port ${ports.audioPort} (audio)`,
    );
  });

  it('that dies ends its streams, and another one serves the next', async () => {
    const plane = new ControlWorker({
      file: path.join(import.meta.dirname, 'dying-worker-fixture.ts'),
      log,
    });
    const { seen, audioPort, connect } = await start(plane);
    launch(plane);
    await connect();
    await until(() => seen('fault').length > 0, 'the fault');
    expect(seen('fault')[0]![1]).toContain('a fault of this test');
    await plane.end(1);
    const next = { ...LAUNCH, number: 2, pingPayload: 'FEDCBA9876543210' };
    await vi.waitFor(() => plane.counters(), { timeout: 5000 });
    plane.expect(next);
    await vi.waitFor(
      async () => {
        await ping(pingOf(next), audioPort);
        expect(seen('endpoint').map(([, launch]) => launch)).toContain(2);
      },
      { timeout: 5000 },
    );
    await plane.close();
    expect(seen('fault').length).toBe(1);
  });

  it('reports its own death', async () => {
    const plane = new ControlWorker({
      file: path.join(import.meta.dirname, 'no-such-file.ts'),
      log,
    });
    const faults: string[] = [];
    plane.on('fault', (message) => faults.push(message));
    await expect(
      plane.open({ addresses: ['127.0.0.1'], videoPort: 1, controlPort: 2, audioPort: 3 }),
    ).rejects.toThrow('is gone');
    expect(faults.length).toBe(1);
    await expect(plane.counters()).rejects.toThrow('has ended');
    await plane.end(1);
    await plane.close();
  });
});
