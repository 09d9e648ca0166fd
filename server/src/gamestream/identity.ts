import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  randomBytes,
  randomUUID,
  type KeyObject,
} from 'node:crypto';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import forge from 'node-forge';
import * as z from 'zod';
import { fileTrouble } from '../store/file-trouble.ts';
import { writeDurably } from '../store/durable-file.ts';
import { readCertificate, type Certificate } from './pairing/certificate.ts';

/** Who this host is to its clients. Every paired client pins the certificate and keys by the id. */
export interface HostIdentity {
  /** `uniqueid` of /serverinfo, UUID text */
  readonly hostId: string;
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
  readonly privateKeyPem: string;
}

/** Nothing checks the name: clients pin the certificate itself. */
const COMMON_NAME = 'Earthshine GameStream Host';
const VALID_YEARS = 20;
const FILE = 'identity.json';

const stored = z.object({
  hostId: z.uuid(),
  certificate: z.string().min(1),
  privateKey: z.string().min(1),
});

/** The identity file is there but cannot be used; making a new one would un-pair every device. */
export class IdentityUnusable extends Error {
  constructor(file: string, why: string, options?: ErrorOptions) {
    super(
      `The host's identity in ${file} cannot be used: ${why}. Copy it back from a backup; or remove it, ` +
        `and every device has to be paired again.`,
      options,
    );
    this.name = 'IdentityUnusable';
  }
}

/**
 * Reads the host's identity, or makes one at the first start. Id, certificate and key lie in one file, so that
 * they are always of one piece.
 *
 * @param folder made 0700
 * @param onMade told of a new one: devices that were paired with another have to be paired again
 * @throws IdentityUnusable for one that is damaged; Error with a sentence when it cannot be read or kept
 */
export async function loadIdentity(
  folder: string,
  onMade: () => void = () => {},
): Promise<HostIdentity> {
  const file = path.join(folder, FILE);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return undefined;
    });
    if (text !== undefined) return readIdentity(file, text);
    const made = await makeIdentity();
    await writeDurably(file, made);
    onMade();
    return readIdentity(file, made);
  } catch (error) {
    if (error instanceof IdentityUnusable) throw error;
    throw new Error(fileTrouble(`The host's identity in ${file}`, error, file), { cause: error });
  }
}

function readIdentity(file: string, text: string): HostIdentity {
  try {
    const { hostId, certificate: pem, privateKey: privateKeyPem } = stored.parse(JSON.parse(text));
    const certificate = readCertificate(pem);
    const privateKey = createPrivateKey(privateKeyPem);
    if (!certificate?.publicKey.equals(createPublicKey(privateKey))) {
      throw new Error('certificate and key do not belong together');
    }
    return { hostId, certificate, privateKey, privateKeyPem };
  } catch (error) {
    throw new IdentityUnusable(file, 'it is damaged', { cause: error });
  }
}

async function makeIdentity(): Promise<string> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return JSON.stringify(
    { hostId: randomUUID(), certificate: selfSigned(publicKey, privateKey), privateKey },
    null,
    2,
  );
}

function selfSigned(publicKeyPem: string, privateKeyPem: string): string {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKeyPem);
  // 159 random bits: positive in DER whatever they are; the first byte is kept from being zero.
  const serial = randomBytes(20);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  certificate.serialNumber = serial.toString('hex');
  const now = new Date();
  certificate.validity.notBefore = now;
  certificate.validity.notAfter = new Date(now);
  certificate.validity.notAfter.setFullYear(now.getFullYear() + VALID_YEARS);
  const name = [{ name: 'commonName', value: COMMON_NAME }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.sign(forge.pki.privateKeyFromPem(privateKeyPem), forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n');
}
