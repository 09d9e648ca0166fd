import { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import { NotStored } from '../store/not-stored.ts';
import type { Store } from '../store/store.ts';
import type { Device, DeviceEvents, Devices, Fingerprint } from './devices.ts';
import { DEFAULT_PERMISSIONS, PERMISSION_NAMES, eachPermission } from './permissions.ts';
import type { DeviceLimits } from './limits.ts';
import type { PermissionChange } from './permissions.ts';

interface DeviceRow {
  fingerprint: string;
  name: string;
  certificate: string;
  enabled: number;
  paired_at: number;
  last_seen_at: number | null;
  last_address: string | null;
  limits: string | null;
}

interface PermissionRow {
  fingerprint: string;
  permission: string;
  allowed: number;
}

/** Clients poll every 1.5–3 s; the disk hears of it at most this often. */
const SEEN_WRITE_INTERVAL_MS = 30_000;

/** Listeners hear of a device seen again at the same address at most this often. */
const SEEN_EVENT_INTERVAL_MS = 10_000;

const NAME_MAX_LENGTH = 64;

/** A name as it is stored and shown: one line, trimmed, 64 characters at most; may come out empty. */
export function cleanDeviceName(name: string): string {
  return Array.from(name.replace(/[\p{C}\s]+/gu, ' ').trim())
    .slice(0, NAME_MAX_LENGTH)
    .join('')
    .trim();
}

/** The paired devices: an index in memory, each change in the store before it counts. */
export class DeviceRegistry extends EventEmitter<DeviceEvents> implements Devices {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #devices: Map<Fingerprint, Device>;
  readonly #unwritten = new Set<Fingerprint>();
  /** enabled in the store soon; a revocation in between takes it out */
  readonly #enabling = new Set<Fingerprint>();
  #writeTimer: NodeJS.Timeout | undefined;

  private constructor(store: Store, log: Logger, devices: Map<Fingerprint, Device>) {
    super();
    this.#store = store;
    this.#log = log;
    this.#devices = devices;
  }

  static async open(store: Store, log: Logger): Promise<DeviceRegistry> {
    const rows = await store.all<DeviceRow>('SELECT * FROM devices ORDER BY paired_at, name');
    const said = await store.all<PermissionRow>('SELECT * FROM device_permissions');
    return new DeviceRegistry(
      store,
      log,
      new Map(
        rows.map((row) => [
          row.fingerprint,
          fromRow(
            row,
            said.filter(({ fingerprint }) => fingerprint === row.fingerprint),
          ),
        ]),
      ),
    );
  }

  find(fingerprint: Fingerprint): Device | undefined {
    return this.#devices.get(fingerprint);
  }

  list(): readonly Device[] {
    return [...this.#devices.values()];
  }

  /**
   * A device that is known already gets the new name; whether it is enabled stays the owner's word.
   *
   * @throws RangeError when a known one was removed meanwhile
   */
  async add(added: {
    fingerprint: Fingerprint;
    name: string;
    certificatePem: string;
  }): Promise<Device> {
    const name = cleanDeviceName(added.name) || 'Device';
    const pairedAt = Date.now();
    const wasKnown = this.#devices.has(added.fingerprint);
    await this.#store.run(
      `INSERT INTO devices (fingerprint, name, certificate, enabled, paired_at) VALUES (?, ?, ?, 1, ?)
       ON CONFLICT (fingerprint) DO UPDATE SET name = excluded.name, paired_at = excluded.paired_at`,
      [added.fingerprint, name, added.certificatePem, pairedAt],
    );
    if (wasKnown) this.#known(added.fingerprint);
    const device: Device = {
      certificatePem: added.certificatePem,
      enabled: true,
      ...DEFAULT_PERMISSIONS,
      ...this.#devices.get(added.fingerprint),
      fingerprint: added.fingerprint,
      name,
      pairedAt,
    };
    this.#replace(device);
    return device;
  }

  async rename(fingerprint: Fingerprint, name: string): Promise<void> {
    const cleaned = cleanDeviceName(name);
    if (!cleaned) throw new RangeError('A device needs a name.');
    this.#known(fingerprint);
    await this.#store.run('UPDATE devices SET name = ? WHERE fingerprint = ?', [
      cleaned,
      fingerprint,
    ]);
    const device = this.#devices.get(fingerprint);
    if (device) this.#replace({ ...device, name: cleaned });
  }

  async setEnabled(fingerprint: Fingerprint, enabled: boolean): Promise<void> {
    const before = this.#known(fingerprint);
    // A revocation counts at once; only its opposite waits for the disk.
    if (enabled) {
      this.#enabling.add(fingerprint);
    } else {
      this.#enabling.delete(fingerprint);
      this.#replace({ ...before, enabled: false });
      this.emit('revoked', fingerprint);
    }
    try {
      await this.#store.run('UPDATE devices SET enabled = ? WHERE fingerprint = ?', [
        enabled ? 1 : 0,
        fingerprint,
      ]);
    } catch (error) {
      this.#enabling.delete(fingerprint);
      throw enabled ? error : shutOutForNow(before, error);
    }
    const device = this.#devices.get(fingerprint);
    if (!enabled || !this.#enabling.delete(fingerprint) || !device) return;
    this.#replace({ ...device, enabled: true });
  }

  async permit(fingerprint: Fingerprint, change: PermissionChange): Promise<void> {
    this.#known(fingerprint);
    const named = PERMISSION_NAMES.flatMap((name) => {
      const allowed = change[name];
      return allowed === undefined ? [] : [[name, allowed] as const];
    });
    // The store writes in the order of the calls, so the last one counts here as it does there.
    await this.#store.transaction(async (statements) => {
      for (const [name, allowed] of named) {
        await statements.run(
          `INSERT INTO device_permissions (fingerprint, permission, allowed)
           SELECT fingerprint, ?, ? FROM devices WHERE fingerprint = ?
           ON CONFLICT (fingerprint, permission) DO UPDATE SET allowed = excluded.allowed`,
          [name, allowed ? 1 : 0, fingerprint],
        );
      }
    });
    const device = this.#devices.get(fingerprint);
    if (device) this.#replace({ ...device, ...Object.fromEntries(named) });
  }

  async limit(fingerprint: Fingerprint, limits: DeviceLimits): Promise<void> {
    this.#known(fingerprint);
    await this.#store.run('UPDATE devices SET limits = ? WHERE fingerprint = ?', [
      JSON.stringify(limits),
      fingerprint,
    ]);
    const device = this.#devices.get(fingerprint);
    if (device) this.#replace({ ...device, limits });
  }

  async remove(fingerprint: Fingerprint): Promise<void> {
    const before = this.#known(fingerprint);
    this.#devices.delete(fingerprint);
    this.#unwritten.delete(fingerprint);
    this.#enabling.delete(fingerprint);
    this.emit('revoked', fingerprint);
    try {
      await this.#store.run('DELETE FROM devices WHERE fingerprint = ?', [fingerprint]);
    } catch (error) {
      // It stays shut out, and can be removed once more.
      this.#replace({ ...before, enabled: false });
      throw shutOutForNow(before, error);
    }
  }

  seen(fingerprint: Fingerprint, address: string): void {
    const device = this.#devices.get(fingerprint);
    if (!device) return;
    const now = Date.now();
    const news =
      device.lastAddress !== address ||
      // A clock that was set back puts the last time into the future.
      Math.abs(now - (device.lastSeenAt ?? 0)) >= SEEN_EVENT_INTERVAL_MS;
    if (!news) return;
    this.#replace({ ...device, lastSeenAt: now, lastAddress: address });
    this.#unwritten.add(fingerprint);
    this.#writeTimer ??= setTimeout(() => void this.#writeSeen(), SEEN_WRITE_INTERVAL_MS).unref();
  }

  /** Writes what was put off. */
  async close(): Promise<void> {
    await this.#writeSeen();
  }

  async #writeSeen(): Promise<void> {
    clearTimeout(this.#writeTimer);
    this.#writeTimer = undefined;
    const fingerprints = [...this.#unwritten];
    this.#unwritten.clear();
    for (const fingerprint of fingerprints) {
      const device = this.#devices.get(fingerprint);
      if (!device) continue;
      try {
        await this.#store.run(
          'UPDATE devices SET last_seen_at = ?, last_address = ? WHERE fingerprint = ?',
          [device.lastSeenAt ?? null, device.lastAddress ?? null, fingerprint],
        );
      } catch (error) {
        this.#log.warn({ err: error }, 'When and where a device was seen could not be stored.');
      }
    }
  }

  #known(fingerprint: Fingerprint): Device {
    const device = this.#devices.get(fingerprint);
    if (!device) throw new RangeError('There is no such device.');
    return device;
  }

  #replace(device: Device): void {
    this.#devices.set(device.fingerprint, device);
    this.emit('changed', device);
  }
}

/** What the owner has to know who shut a device out on a full disk. */
function shutOutForNow({ name }: Device, error: unknown): unknown {
  if (!(error instanceof NotStored)) return error;
  return new NotStored(
    `${name} is shut out, but only until the host ends. ${error.message} Make room and do it again.`,
    { cause: error },
  );
}

function fromRow(row: DeviceRow, said: readonly PermissionRow[]): Device {
  return {
    fingerprint: row.fingerprint,
    name: row.name,
    certificatePem: row.certificate,
    enabled: row.enabled === 1,
    ...eachPermission((name) => {
      const row = said.find(({ permission }) => permission === name);
      return row === undefined ? DEFAULT_PERMISSIONS[name] : row.allowed === 1;
    }),
    pairedAt: row.paired_at,
    ...(row.last_seen_at !== null && { lastSeenAt: row.last_seen_at }),
    ...(row.last_address !== null && { lastAddress: row.last_address }),
    ...(row.limits !== null && { limits: readLimits(row.limits) }),
  };
}

/** What was written by the registry itself; one that was broken by hand lets nobody in: its time is over. */
function readLimits(text: string): DeviceLimits {
  try {
    return JSON.parse(text) as DeviceLimits;
  } catch {
    return { expiresAt: 0 };
  }
}
