import { X509Certificate, createPrivateKey } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { loadAdminCertificate } from '../../src/admin/certificate.ts';

const DAY = 24 * 3_600_000;
let folder: string;

beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(os.tmpdir(), 'earthshine-cert-')), 'admin');
});
afterEach(() => rm(path.dirname(folder), { recursive: true }));

describe('loadAdminCertificate', () => {
  it('makes one for the names and addresses, and keeps it', async () => {
    const made = await loadAdminCertificate(folder, ['living-room.local', '192.0.2.1', 'fd00::1']);
    const certificate = new X509Certificate(made.cert);
    expect(certificate.subjectAltName).toBe(
      'DNS:living-room.local, IP Address:192.0.2.1, IP Address:FD00:0:0:0:0:0:0:1',
    );
    expect(certificate.checkHost('living-room.local')).toBe('living-room.local');
    expect(certificate.checkIP('192.0.2.1')).toBe('192.0.2.1');
    expect(certificate.checkPrivateKey(createPrivateKey(made.key))).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    const days = (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / DAY;
    expect(days).toBeLessThanOrEqual(825);
    expect((await stat(path.join(folder, 'certificate.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await loadAdminCertificate(folder, ['other.local'])).toEqual(made);
  });

  it('makes another when it is about to end, or damaged', async () => {
    const made = await loadAdminCertificate(folder, ['a.local']);
    const later = new Date(Date.now() + 800 * DAY);
    const renewed = await loadAdminCertificate(folder, ['a.local'], later);
    expect(renewed.cert).not.toBe(made.cert);
    expect(new X509Certificate(renewed.cert).validToDate.getTime()).toBeGreaterThan(
      later.getTime(),
    );
    await writeFile(path.join(folder, 'certificate.json'), '{"key":');
    expect((await loadAdminCertificate(folder, ['a.local'])).cert).not.toBe(renewed.cert);
  });
});
