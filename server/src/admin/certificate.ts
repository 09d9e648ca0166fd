import { X509Certificate, createPrivateKey, generateKeyPair, randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import forge from 'node-forge';

import { asReached } from '../network/address.ts';
import { fileTrouble } from '../store/file-trouble.ts';
import { writeDurably } from '../store/durable-file.ts';

/** Key and certificate in PEM, as `node:https` takes them. */
export interface ServerCertificate {
  readonly key: string;
  readonly cert: string;
}

const DAY_MS = 24 * 3_600_000;
/** Apple's systems refuse server certificates that last longer. */
const LIFETIME_MS = 825 * DAY_MS;
const RENEW_MS = 30 * DAY_MS;

/**
 * The admin's own self-signed certificate, kept in a folder. It stays when names or addresses change, because
 * browsers remember the exception for this very one; it is made anew a month before it ends, or when it cannot be
 * used: the worst that a new one does is another question by the browser.
 *
 * @param names DNS names and numeric addresses for a new one
 * @param onReplaced told, in a sentence, of one that was there and could not be used
 */
export async function loadAdminCertificate(
  folder: string,
  names: readonly string[],
  { now = new Date(), onReplaced }: { now?: Date; onReplaced?: (why: string) => void } = {},
): Promise<ServerCertificate> {
  const file = path.join(folder, 'certificate.json');
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const kept = await readKept(file);
    const ends = kept && new X509Certificate(kept.cert).validToDate.getTime();
    if (kept && ends! - now.getTime() > RENEW_MS) return kept;
  } catch (error) {
    onReplaced?.(
      `The admin's certificate in ${file} could not be used (${(error as Error).message}). A new one is in use: ` +
        'browsers ask once more whether they may trust it.',
    );
  }
  const made = await makeCertificate(names, now);
  await writeDurably(file, JSON.stringify(made)).catch((error: unknown) =>
    onReplaced?.(
      `${fileTrouble("The admin's certificate", error, file)} Until it can, browsers ask at each start whether they may trust it.`,
    ),
  );
  return made;
}

/** @returns undefined when there is none yet. @throws Error when key and certificate do not serve TLS together */
async function readKept(file: string): Promise<ServerCertificate | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const kept = JSON.parse(text) as ServerCertificate;
  // OpenSSL's own words, error:1E08010C, tell nobody anything.
  const key = attempt('the key is damaged', () => createPrivateKey(kept.key));
  const certificate = attempt('the certificate is damaged', () => new X509Certificate(kept.cert));
  if (!certificate.checkPrivateKey(key)) throw new Error("its key is another one's");
  return kept;
}

function attempt<T>(sentence: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(sentence, { cause: error });
  }
}

/** A self-signed RSA-2048 certificate for TLS servers. @param names the first is its common name */
export async function makeCertificate(
  names: readonly string[],
  now: Date = new Date(),
): Promise<ServerCertificate> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  const serial = randomBytes(16);
  // Positive in DER, and no leading zero.
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  certificate.serialNumber = serial.toString('hex');
  certificate.validity.notBefore = new Date(now.getTime() - DAY_MS);
  certificate.validity.notAfter = new Date(now.getTime() + LIFETIME_MS - DAY_MS);
  // A common name has at most 64 letters.
  const reached = [...new Set(names.map(asReached).filter((name) => name !== ''))];
  const subject = [{ name: 'commonName', value: (reached[0] ?? 'earthshine').slice(0, 64) }];
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    {
      name: 'subjectAltName',
      altNames: reached.map((name) =>
        net.isIP(name) ? { type: 7, ip: name } : { type: 2, value: name },
      ),
    },
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create());
  return {
    key: privateKey,
    cert: forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n'),
  };
}
