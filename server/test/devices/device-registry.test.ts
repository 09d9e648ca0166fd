import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cleanDeviceName, DeviceRegistry } from '../../src/devices/device-registry.ts';
import { DEFAULT_PERMISSIONS } from '../../src/devices/permissions.ts';
import { fingerprintWords, WORD_LIST } from '../../src/devices/words.ts';
import { Store } from '../../src/store/store.ts';

const log = pino({ level: 'silent' });
const tv = { fingerprint: 'ab'.repeat(32), name: 'TV', certificatePem: 'pem' };
let folder: string;
let store: Store;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'earthshine-devices-'));
  store = await Store.open(path.join(folder, 'store.sqlite'), log);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

describe('DeviceRegistry', () => {
  it('keeps devices over a restart, with name, state and where they were seen', async () => {
    const devices = await DeviceRegistry.open(store, log);
    await devices.add(tv);
    await devices.rename(tv.fingerprint, '  Living room\n TV ');
    devices.seen(tv.fingerprint, '192.168.1.5');
    await devices.setEnabled(tv.fingerprint, false);
    await devices.close();
    const again = await DeviceRegistry.open(store, log);
    expect(again.find(tv.fingerprint)).toEqual({
      ...tv,
      name: 'Living room TV',
      enabled: false,
      ...DEFAULT_PERMISSIONS,
      pairedAt: expect.any(Number),
      lastSeenAt: expect.any(Number),
      lastAddress: '192.168.1.5',
    });
    expect(again.find(tv.fingerprint.toUpperCase())).toBeUndefined();
    await again.close();
  });

  it('keeps a revocation that comes while the disk still writes something else', async () => {
    const devices = await DeviceRegistry.open(store, log);
    await devices.add(tv);
    await devices.setEnabled(tv.fingerprint, false);
    const enabling = devices.setEnabled(tv.fingerprint, true);
    const disabling = devices.setEnabled(tv.fingerprint, false);
    await Promise.all([enabling, disabling]);
    expect(devices.find(tv.fingerprint)?.enabled).toBe(false);

    const pairing = devices.add(tv);
    const removing = devices.remove(tv.fingerprint);
    await expect(pairing).rejects.toThrow(RangeError);
    await removing;
    expect(devices.find(tv.fingerprint)).toBeUndefined();
    expect((await DeviceRegistry.open(store, log)).list()).toEqual([]);
  });

  it('revokes at once, before the disk has written', async () => {
    const devices = await DeviceRegistry.open(store, log);
    await devices.add(tv);
    const revoked: string[] = [];
    devices.on('revoked', (fingerprint) => revoked.push(fingerprint));
    const disabling = devices.setEnabled(tv.fingerprint, false);
    expect(devices.find(tv.fingerprint)?.enabled).toBe(false);
    await disabling;
    const removing = devices.remove(tv.fingerprint);
    expect(devices.find(tv.fingerprint)).toBeUndefined();
    await removing;
    expect(revoked).toEqual([tv.fingerprint, tv.fingerprint]);
    expect((await DeviceRegistry.open(store, log)).list()).toEqual([]);
    await expect(devices.remove(tv.fingerprint)).rejects.toThrow(RangeError);
  });

  it('keeps what a device may do, in the order in which the owner said it', async () => {
    const devices = await DeviceRegistry.open(store, log);
    await devices.add(tv);
    const changes: [boolean, boolean][] = [];
    devices.on('changed', ({ adaptive, speedTest }) => changes.push([adaptive, speedTest]));
    await Promise.all([
      devices.permit(tv.fingerprint, { speedTest: true }),
      devices.permit(tv.fingerprint, { adaptive: true }),
      devices.permit(tv.fingerprint, { adaptive: false, input: false }),
    ]);
    expect(changes).toEqual([
      [true, true],
      [true, true],
      [false, true],
    ]);
    // Pairing again leaves it as it is.
    const kept = { input: false, adaptive: false, speedTest: true };
    expect(await devices.add(tv)).toMatchObject(kept);
    const again = await DeviceRegistry.open(store, log);
    expect(again.find(tv.fingerprint)).toMatchObject(kept);
    await expect(devices.permit('cd'.repeat(32), { speedTest: true })).rejects.toThrow(RangeError);
  });

  it('does not enable a disabled device when it is added again', async () => {
    const devices = await DeviceRegistry.open(store, log);
    await devices.add(tv);
    await devices.setEnabled(tv.fingerprint, false);
    expect(await devices.add({ ...tv, name: 'Back' })).toMatchObject({
      name: 'Back',
      enabled: false,
    });
    expect((await DeviceRegistry.open(store, log)).find(tv.fingerprint)?.enabled).toBe(false);
  });

  it('cleans names', () => {
    expect(cleanDeviceName(' \u0000a\u202eb\tc ')).toBe('a b c');
    expect(cleanDeviceName('\n')).toBe('');
    expect([...cleanDeviceName('😀'.repeat(100))]).toHaveLength(64);
  });
});

describe('fingerprintWords', () => {
  it('has 256 different words and takes one for each of the first four bytes', () => {
    expect(WORD_LIST).toHaveLength(256);
    expect(new Set(WORD_LIST).size).toBe(256);
    expect(fingerprintWords('00ff0102' + '77'.repeat(28))).toBe(
      `${WORD_LIST[0]} ${WORD_LIST[255]} ${WORD_LIST[1]} ${WORD_LIST[2]}`,
    );
  });

  it('notes when a device was seen also after the clock was set back', async () => {
    const devices = await DeviceRegistry.open(store, log);
    const { fingerprint } = await devices.add({
      fingerprint: 'f',
      name: 'TV',
      certificatePem: 'c',
    });
    const now = Date.UTC(2026, 10, 20);
    const clock = vi.spyOn(Date, 'now').mockReturnValue(now);
    devices.seen(fingerprint, '192.0.2.1');
    clock.mockReturnValue(now - 86_400_000);
    devices.seen(fingerprint, '192.0.2.1');
    clock.mockRestore();
    expect(devices.find(fingerprint)?.lastSeenAt).toBe(now - 86_400_000);
    await devices.close();
  });
});
