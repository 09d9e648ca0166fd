import { chmod, mkdir, open, readFile, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';

import * as z from 'zod';

import { makeClientIdentity, readClientIdentity } from '../client/client-identity.ts';
import type { ClientIdentity } from '../client/client-identity.ts';
import { writeDurably } from '../store/durable-file.ts';
import { EXIT, ProbeFailure } from './outcome.ts';

const identitySchema = z.object({ certificate: z.string().min(1), privateKey: z.string().min(1) });
/** host id (its UUID) → DER of its certificate, base64 */
const hostsSchema = z.record(z.string(), z.base64());

const IDENTITY = 'identity.json';
const HOSTS = 'hosts.json';
const LOCK = 'probe.pid';

/**
 * Who this machine is to hosts, and which hosts it is paired with. The folder is 0700, its files 0600. One probe at a
 * time uses it: a host takes two with one certificate for one device.
 */
export class IdentityStore {
  readonly folder: string;
  readonly identity: ClientIdentity;
  readonly #hosts: Record<string, string>;
  #lock: FileHandle | undefined;

  private constructor(
    folder: string,
    identity: ClientIdentity,
    hosts: Record<string, string>,
    lock: FileHandle,
  ) {
    this.folder = folder;
    this.identity = identity;
    this.#hosts = hosts;
    this.#lock = lock;
  }

  /**
   * Reads the identity, or makes one at the first time.
   *
   * @throws ProbeFailure when the folder cannot be used, is damaged, or another probe uses it
   */
  static async open(folder: string): Promise<IdentityStore> {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await chmod(folder, 0o700);
    } catch (error) {
      throw failed(folder, `cannot be used: ${(error as Error).message}`);
    }
    const lock = await takeLock(folder);
    try {
      const stored = await read(folder, IDENTITY, identitySchema);
      const identity = stored ? readIdentity(folder, stored) : await make(folder);
      return new IdentityStore(
        folder,
        identity,
        (await read(folder, HOSTS, hostsSchema)) ?? {},
        lock,
      );
    } catch (error) {
      await lock.close();
      await rm(path.join(folder, LOCK), { force: true });
      throw error;
    }
  }

  /** DER of the certificate that this host showed when it was paired. */
  pinOf(hostId: string): Buffer | undefined {
    const pin = this.#hosts[hostId];
    return pin === undefined ? undefined : Buffer.from(pin, 'base64');
  }

  async remember(hostId: string, certificate: Buffer): Promise<void> {
    this.#hosts[hostId] = certificate.toString('base64');
    await writeDurably(path.join(this.folder, HOSTS), JSON.stringify(this.#hosts, null, 2));
  }

  /** May be called twice. */
  async close(): Promise<void> {
    const lock = this.#lock;
    this.#lock = undefined;
    if (!lock) return;
    await lock.close();
    await rm(path.join(this.folder, LOCK), { force: true });
  }
}

async function takeLock(folder: string): Promise<FileHandle> {
  const file = path.join(folder, LOCK);
  for (let attempt = 0; ; attempt++) {
    try {
      const lock = await open(file, 'wx', 0o600);
      await lock.writeFile(`${process.pid}\n`);
      return lock;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST') throw failed(folder, `cannot be written: ${message}`);
      const holder = Number((await readFile(file, 'utf8').catch(() => '')).trim());
      if (attempt > 0 || (holder > 0 && isAlive(holder))) {
        throw new ProbeFailure(
          EXIT.refused,
          'identity-in-use',
          `Another earthshine probe (process ${holder}) runs with this identity. Wait for it, or give this one another folder with --identity.`,
        );
      }
      // Left by a probe that was killed.
      await rm(file, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function read<T>(folder: string, name: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path.join(folder, name), 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw failed(folder, `cannot be read: ${message}`);
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw damaged(folder, name);
  }
}

function readIdentity(folder: string, stored: z.infer<typeof identitySchema>): ClientIdentity {
  try {
    return readClientIdentity(stored.certificate, stored.privateKey);
  } catch {
    throw damaged(folder, IDENTITY);
  }
}

async function make(folder: string): Promise<ClientIdentity> {
  const identity = await makeClientIdentity();
  await writeDurably(
    path.join(folder, IDENTITY),
    JSON.stringify(
      { certificate: identity.certificatePem, privateKey: identity.privateKeyPem },
      null,
      2,
    ),
  );
  return identity;
}

function damaged(folder: string, name: string): ProbeFailure {
  return failed(folder, `is damaged: remove ${name} there, and pair again`);
}

function failed(folder: string, why: string): ProbeFailure {
  return new ProbeFailure(EXIT.failed, 'identity', `The identity folder ${folder} ${why}.`);
}
