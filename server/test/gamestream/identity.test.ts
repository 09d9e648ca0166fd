import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IdentityUnusable, loadIdentity } from '../../src/gamestream/identity.ts';

let folder: string;
let home: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'earthshine-identity-'));
  folder = path.join(home, 'identity');
});
afterEach(() => rm(home, { recursive: true }));

describe('loadIdentity', () => {
  it('makes a self-signed RSA-2048 certificate for 20 years, for its owner alone', async () => {
    const { hostId, certificate, privateKey } = await loadIdentity(folder);
    expect(hostId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const x509 = new X509Certificate(certificate.pem);
    expect(x509.verify(x509.publicKey)).toBe(true);
    expect(x509.checkPrivateKey(privateKey)).toBe(true);
    expect(x509.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(x509.subject).toMatch(/^CN=/);
    expect(x509.serialNumber).toHaveLength(40);
    const years = (x509.validToDate.getTime() - x509.validFromDate.getTime()) / 31_556_952_000;
    expect(years).toBeCloseTo(20, 1);
    expect(certificate.signature).toHaveLength(256);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(path.join(folder, 'identity.json'))).mode & 0o777).toBe(0o600);
  });

  it('is the same after a restart, and another one elsewhere', async () => {
    const first = await loadIdentity(folder);
    const second = await loadIdentity(folder);
    expect(second.hostId).toBe(first.hostId);
    expect(second.certificate.der).toEqual(first.certificate.der);
    const other = await loadIdentity(path.join(home, 'other'));
    expect(other.hostId).not.toBe(first.hostId);
    expect(other.certificate.fingerprint).not.toBe(first.certificate.fingerprint);
  });

  it('refuses a damaged file and leaves it as it is', async () => {
    await loadIdentity(folder);
    const file = path.join(folder, 'identity.json');
    const whole = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
    const other = JSON.parse(
      await loadIdentity(path.join(home, 'other')).then(() =>
        readFile(path.join(home, 'other', 'identity.json'), 'utf8'),
      ),
    ) as Record<string, string>;
    for (const text of ['', '{}', JSON.stringify({ ...whole, privateKey: other['privateKey'] })]) {
      await writeFile(file, text);
      await expect(loadIdentity(folder)).rejects.toThrow(IdentityUnusable);
      expect(await readFile(file, 'utf8')).toBe(text);
    }
  });

  it('tells that it made one, and what is in its way', async () => {
    let made = 0;
    await loadIdentity(folder, () => made++);
    await loadIdentity(folder, () => made++);
    expect(made).toBe(1);
    await rm(folder, { recursive: true });
    await writeFile(folder, '');
    await expect(loadIdentity(folder)).rejects.toThrow(
      /^The host's identity in .* a file is where a folder has to be, .*\/identity\. Move it away/,
    );
  });
});
