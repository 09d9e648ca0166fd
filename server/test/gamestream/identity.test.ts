import { X509Certificate } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
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
    const { identity, made } = await loadIdentity(folder);
    expect(made).toBe(true);
    const { hostId, certificate, privateKey } = identity;
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
    const { identity: first } = await loadIdentity(folder);
    const { identity: second, made } = await loadIdentity(folder, { paired: 2, renew: true });
    expect(made).toBe(false);
    expect(second.hostId).toBe(first.hostId);
    expect(second.certificate.der).toEqual(first.certificate.der);
    const { identity: other } = await loadIdentity(path.join(home, 'other/identity'));
    expect(other.hostId).not.toBe(first.hostId);
    expect(other.certificate.fingerprint).not.toBe(first.certificate.fingerprint);
  });

  it('refuses a damaged file and leaves it as it is', async () => {
    await loadIdentity(folder);
    const file = path.join(folder, 'identity.json');
    const whole = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
    const other = JSON.parse(
      await loadIdentity(path.join(home, 'other/identity')).then(() =>
        readFile(path.join(home, 'other/identity/identity.json'), 'utf8'),
      ),
    ) as Record<string, string>;
    for (const text of ['', '{}', JSON.stringify({ ...whole, privateKey: other['privateKey'] })]) {
      await writeFile(file, text);
      await expect(loadIdentity(folder)).rejects.toThrow(IdentityUnusable);
      expect(await readFile(file, 'utf8')).toBe(text);
    }
  });

  it('is not made anew while devices are paired with the one that is gone', async () => {
    const { identity } = await loadIdentity(folder);
    await rm(folder, { recursive: true });
    const file = path.join(folder, 'identity.json');
    const copy = path.join(home, 'identity.last-good.json');
    await expect(loadIdentity(folder, { paired: 2 })).rejects.toThrow(
      `The host's identity in ${file} cannot be used: it is gone, while 2 devices are paired with it. ` +
        `Put back the copy that was kept of it: cp -p ${copy} ${file}; or start once with --new-identity, and every device has to be paired again.`,
    );
    await expect(readFile(file)).rejects.toThrow('ENOENT');
    await copyFile(copy, file);
    expect((await loadIdentity(folder, { paired: 2 })).identity.hostId).toBe(identity.hostId);
  });

  it('is made anew on the word of its owner, the damaged one moved aside', async () => {
    const { identity } = await loadIdentity(folder);
    const file = path.join(folder, 'identity.json');
    await writeFile(file, 'cut');
    const { identity: next, made } = await loadIdentity(folder, { paired: 1, renew: true });
    expect(made).toBe(true);
    expect(next.hostId).not.toBe(identity.hostId);
    expect(await readFile(`${file}.damaged`, 'utf8')).toBe('cut');
    // A copy that is none is not recommended.
    await writeFile(path.join(home, 'identity.last-good.json'), 'cut');
    await rm(file);
    await expect(loadIdentity(folder, { paired: 1 })).rejects.toThrow(
      'it is gone, while a device is paired with it. Copy it back from a backup; or',
    );
  });

  it('says what is in its way', async () => {
    await writeFile(folder, '');
    await expect(loadIdentity(folder)).rejects.toThrow(
      /^The host's identity in .* a file is where a folder has to be, .*\/identity\. Move it away/,
    );
  });
});
