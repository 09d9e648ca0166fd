import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';
import { readCertificate, type Certificate } from '../gamestream/pairing/certificate.ts';

/** Who a client is: its certificate is all that a host knows it by. */
export interface ClientIdentity {
  readonly certificate: Certificate;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** The subject of every stock client (protocol 1 §2.2). */
const COMMON_NAME = 'NVIDIA GameStream Client';

/** A new identity, made as moonlight-qt makes one: RSA 2048, SHA-256, serial 0, twenty years. */
export async function makeClientIdentity(): Promise<ClientIdentity> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = '00';
  certificate.validity.notBefore = new Date();
  certificate.validity.notAfter = new Date();
  certificate.validity.notAfter.setFullYear(certificate.validity.notBefore.getFullYear() + 20);
  const name = [{ name: 'commonName', value: COMMON_NAME }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create());
  return readClientIdentity(
    forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n'),
    privateKey,
  );
}

/** @throws Error when the PEM holds no RSA certificate */
export function readClientIdentity(certificatePem: string, privateKeyPem: string): ClientIdentity {
  const certificate = readCertificate(certificatePem);
  if (!certificate) throw new Error('The client certificate cannot be read.');
  return { certificate, certificatePem, privateKeyPem };
}
