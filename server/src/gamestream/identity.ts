import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  randomBytes,
  randomUUID,
  type KeyObject,
} from 'node:crypto';
import { chmod, mkdir, readFile, rename } from 'node:fs/promises';
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
const COPY = 'identity.last-good.json';

const stored = z.object({
  // As another host may have made it: without the bits of a version.
  hostId: z.guid(),
  certificate: z.string().min(1),
  privateKey: z.string().min(1),
});

/** The identity is damaged or gone; making a new one unasked would un-pair every device. */
export class IdentityUnusable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'IdentityUnusable';
  }
}

export interface IdentityOptions {
  /** devices that are paired with the identity that should be there */
  readonly paired?: number;
  /** the owner's word that a new one is made where the old one cannot be used */
  readonly renew?: boolean;
}

/**
 * Reads the host's identity, or makes one at the first start. Id, certificate and key lie in one file, so that
 * they are always of one piece; a copy of it is kept beside the folder, for its owner to put back.
 *
 * @param folder made 0700
 * @returns it, and whether it was made just now
 * @throws IdentityUnusable for one that is damaged, or gone while devices are paired; Error with a sentence when it
 *   cannot be read or kept
 */
export async function loadIdentity(
  folder: string,
  { paired = 0, renew = false }: IdentityOptions = {},
): Promise<{ readonly identity: HostIdentity; readonly made: boolean }> {
  const file = path.join(folder, FILE);
  const copy = path.join(path.dirname(folder), COPY);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    const text = await readIfThere(file);
    const trouble = text === undefined ? goneFrom(paired) : troubleIn(text);
    if (trouble !== undefined && !renew) {
      throw new IdentityUnusable(
        `The host's identity in ${file} cannot be used: it is ${trouble}. ${await wayBack(file, copy)}`,
      );
    }
    if (text === undefined || trouble !== undefined) {
      if (text !== undefined) await rename(file, `${file}.damaged`);
      const made = await makeIdentity();
      await writeDurably(file, made);
      await keepCopy(copy, made);
      return { identity: readIdentity(made), made: true };
    }
    await keepCopy(copy, text);
    return { identity: readIdentity(text), made: false };
  } catch (error) {
    if (error instanceof IdentityUnusable) throw error;
    throw new Error(fileTrouble(`The host's identity in ${file}`, error, file), { cause: error });
  }
}

/**
 * Puts another host's identity in the place of this one's, which is kept beside it.
 *
 * @param folder as of {@link loadIdentity}, which has made it
 * @throws Error for what no identity can be made of; nothing is changed then
 */
export async function adoptIdentity(
  folder: string,
  identity: { readonly hostId: string; readonly certificate: string; readonly privateKey: string },
): Promise<void> {
  const { hostId, certificate, privateKey } = identity;
  const text = JSON.stringify({ hostId, certificate, privateKey }, null, 2);
  readIdentity(text);
  const file = path.join(folder, FILE);
  const before = await readIfThere(file);
  if (before !== undefined) await writeDurably(`${file}.before-import`, before);
  await writeDurably(file, text);
  await keepCopy(path.join(path.dirname(folder), COPY), text);
}

async function readIfThere(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  });
}

function goneFrom(paired: number): string | undefined {
  if (paired === 0) return undefined;
  return `gone, while ${paired === 1 ? 'a device is' : `${paired} devices are`} paired with it`;
}

function troubleIn(text: string): string | undefined {
  try {
    readIdentity(text);
    return undefined;
  } catch {
    return 'damaged';
  }
}

async function wayBack(file: string, copy: string): Promise<string> {
  const kept = await readIfThere(copy).catch(() => undefined);
  const back =
    kept !== undefined && troubleIn(kept) === undefined
      ? `Put back the copy that was kept of it: cp -p ${copy} ${file}`
      : 'Copy it back from a backup';
  return `${back}; or start once with --new-identity, and every device has to be paired again.`;
}

/** A full disk costs no more than the copy. */
async function keepCopy(copy: string, text: string): Promise<void> {
  try {
    if ((await readIfThere(copy)) !== text) await writeDurably(copy, text);
  } catch {
    // The one in use is whole.
  }
}

/** @throws Error for what no identity can be made of */
function readIdentity(text: string): HostIdentity {
  const { hostId, certificate: pem, privateKey: privateKeyPem } = stored.parse(JSON.parse(text));
  const certificate = readCertificate(pem);
  const privateKey = createPrivateKey(privateKeyPem);
  if (!certificate?.publicKey.equals(createPublicKey(privateKey))) {
    throw new Error('certificate and key do not belong together');
  }
  return { hostId, certificate, privateKey, privateKeyPem };
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
