import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import sqlite3 from 'sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeviceRegistry } from '../../src/devices/device-registry.ts';
import {
  DEFAULT_PERMISSIONS,
  PERMISSION_NAMES,
  PERMISSIONS,
  permissionOption,
} from '../../src/devices/permissions.ts';
import { MIGRATIONS } from '../../src/store/migrations.ts';
import { Store } from '../../src/store/store.ts';

const log = pino({ level: 'silent' });
const TV = 'ab'.repeat(32);
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'earthshine-permissions-'));
  file = path.join(folder, 'store.sqlite');
});
afterEach(() => rm(folder, { recursive: true }));

describe('permissions', () => {
  it('are named so that option, switch and sentence can be told apart', () => {
    for (const key of ['label', 'word', 'effect'] as const) {
      expect(new Set(PERMISSION_NAMES.map((name) => PERMISSIONS[name][key])).size).toBe(
        PERMISSION_NAMES.length,
      );
    }
    expect(PERMISSION_NAMES.map(permissionOption)).toContain('speed-test');
  });

  it('keep what the owner had said in a store from before they were rows', async () => {
    // The step that made them rows is the one that names their table.
    const before = MIGRATIONS.findIndex((step) => step.includes('TABLE device_permissions'));
    await script(
      `${MIGRATIONS.slice(0, before).join('\n')}
       PRAGMA user_version = ${before};
       INSERT INTO devices (fingerprint, name, certificate, paired_at, input, adaptive, speed_test)
       VALUES ('${TV}', 'TV', 'pem', 1, 0, 1, 1);`,
    );
    const store = await Store.open(file, log);
    const devices = await DeviceRegistry.open(store, log);
    expect(devices.find(TV)).toMatchObject({ input: false, adaptive: true, speedTest: true });
    await store.close();
  });

  it('that came after a device was paired are as by default, and go with the device', async () => {
    const store = await Store.open(file, log);
    const devices = await DeviceRegistry.open(store, log);
    const tv = { fingerprint: TV, name: 'TV', certificatePem: 'pem' };
    await devices.add(tv);
    await devices.permit(TV, { input: false });
    expect(await store.all('SELECT permission FROM device_permissions')).toEqual([
      { permission: 'input' },
    ]);
    const again = await DeviceRegistry.open(store, log);
    expect(again.find(TV)).toMatchObject({ ...DEFAULT_PERMISSIONS, input: false });
    await again.remove(TV);
    expect(await again.add(tv)).toMatchObject(DEFAULT_PERMISSIONS);
    expect((await DeviceRegistry.open(store, log)).find(TV)).toMatchObject(DEFAULT_PERMISSIONS);
    await store.close();
  });
});

function script(sql: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(file);
    database.exec(sql, (error) => {
      if (error) reject(error);
      else database.close((failure) => (failure ? reject(failure) : resolve()));
    });
  });
}
