import { X509Certificate, createPrivateKey } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { loadAdminCertificate, makeCertificate } from '../../src/admin/certificate.ts';
import type { ServerCertificate } from '../../src/admin/certificate.ts';

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

  it('holds names that are not ASCII as browsers ask for them, and leaves out what is no name', async () => {
    const { cert } = await makeCertificate(['ゲーム', 'Büro-PC.local', 'Living room', '192.0.2.1']);
    const certificate = new X509Certificate(cert);
    expect(certificate.subject).toBe('CN=xn--sckyeod');
    expect(certificate.subjectAltName).toBe(
      'DNS:xn--sckyeod, DNS:xn--bro-pc-3ya.local, IP Address:192.0.2.1',
    );
  });

  it('makes another when it is about to end, or damaged', async () => {
    const made = await loadAdminCertificate(folder, ['a.local']);
    const later = new Date(Date.now() + 800 * DAY);
    const renewed = await loadAdminCertificate(folder, ['a.local'], { now: later });
    expect(renewed.cert).not.toBe(made.cert);
    expect(new X509Certificate(renewed.cert).validToDate.getTime()).toBeGreaterThan(
      later.getTime(),
    );
  });

  it.each([
    ['a cut file', () => '{"key":', ''],
    [
      'a cut key',
      (made) => JSON.stringify({ ...made, key: made.key.slice(0, 500) }),
      'the key is damaged',
    ],
    ['no key', ({ cert }) => JSON.stringify({ cert }), 'the key is damaged'],
    [
      'a cut certificate',
      (made) => JSON.stringify({ ...made, cert: made.cert.slice(0, 500) }),
      'the certificate is damaged',
    ],
    [
      'another key',
      (made, other) => JSON.stringify({ ...made, key: other.key }),
      "its key is another one's",
    ],
  ] satisfies [string, (made: ServerCertificate, other: ServerCertificate) => string, string][])(
    'is replaced and said so where there is %s',
    async (_what, damage, why) => {
      const made = await loadAdminCertificate(folder, ['a.local']);
      const file = path.join(folder, 'certificate.json');
      await writeFile(file, damage(made, await makeCertificate(['b.local'])));
      const said: string[] = [];
      const onReplaced = (sentence: string): void => void said.push(sentence);
      const renewed = await loadAdminCertificate(folder, ['a.local'], { onReplaced });
      expect(renewed.cert).not.toBe(made.cert);
      expect(said).toEqual([expect.stringContaining(`in ${file} could not be used (${why}`)]);
      expect(await loadAdminCertificate(folder, ['a.local'], { onReplaced })).toEqual(renewed);
      expect(said).toHaveLength(1);
    },
  );

  it('serves without a place to be kept in, and says so', async () => {
    await writeFile(folder, '');
    const said: string[] = [];
    const onReplaced = (sentence: string): void => void said.push(sentence);
    const made = await loadAdminCertificate(folder, ['a.local'], { onReplaced });
    expect(new X509Certificate(made.cert).subjectAltName).toBe('DNS:a.local');
    expect(said.at(-1)).toContain(`a file is where a folder has to be, ${folder}.`);
  });
});
