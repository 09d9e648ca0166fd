import { createHash, X509Certificate, type KeyObject } from 'node:crypto';
import type { Fingerprint } from '../../devices/devices.ts';

/** What pairing needs to know of a certificate, ours or a client's. */
export interface Certificate {
  /** as it was sent, or as it is sent */
  readonly pem: string;
  readonly der: Buffer;
  readonly fingerprint: Fingerprint;
  /** contents of the outer signatureValue, without the unused-bits octet; 256 bytes for RSA-2048 */
  readonly signature: Buffer;
  readonly publicKey: KeyObject;
}

/** The identity of a client: SHA-256 of its certificate's DER, lower-case hex. */
export function fingerprintOf(der: Buffer): Fingerprint {
  return createHash('sha256').update(der).digest('hex');
}

/**
 * Reads the PEM text of one certificate. Serial 0, any dates and any subject are fine (protocol 1 §2.2); the
 * key must be RSA of 2048 to 4096 bits, as in every stock client.
 *
 * @returns undefined for anything else
 */
export function readCertificate(pem: string): Certificate | undefined {
  if (!/^\s*-----BEGIN CERTIFICATE-----\r?\n/.test(pem)) return undefined;
  try {
    const certificate = new X509Certificate(pem);
    const { publicKey, raw } = certificate;
    const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
    if (publicKey.asymmetricKeyType !== 'rsa' || bits < 2048 || bits > 4096) return undefined;
    const signature = signatureValue(raw);
    if (!signature) return undefined;
    return {
      pem: certificate.toString(),
      der: raw,
      fingerprint: fingerprintOf(raw),
      signature,
      publicKey,
    };
  } catch {
    // OpenSSL's reasons help nobody here.
    return undefined;
  }
}

/**
 * The signatureValue of a certificate: Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, BIT
 * STRING } (RFC 5280 §4.1).
 *
 * @returns undefined when the bytes are not of that form
 */
export function signatureValue(der: Buffer): Buffer | undefined {
  const outer = readElement(der, 0);
  if (!outer || outer.tag !== 0x30 || outer.end !== der.length) return undefined;
  const body = readElement(der, outer.start);
  const algorithm = body && readElement(der, body.end);
  const bits = algorithm && readElement(der, algorithm.end);
  if (!bits || bits.tag !== 0x03 || bits.end !== der.length) return undefined;
  if (bits.end - bits.start < 2 || der[bits.start] !== 0) return undefined;
  return der.subarray(bits.start + 1, bits.end);
}

interface Element {
  readonly tag: number;
  /** of the contents */
  readonly start: number;
  readonly end: number;
}

function readElement(der: Buffer, offset: number): Element | undefined {
  if (offset + 2 > der.length) return undefined;
  const tag = der[offset]!;
  const first = der[offset + 1]!;
  let start = offset + 2;
  let length = first;
  if (first & 0x80) {
    const count = first & 0x7f;
    if (count < 1 || count > 3 || start + count > der.length) return undefined;
    length = der.readUIntBE(start, count);
    start += count;
  }
  const end = start + length;
  return end <= der.length ? { tag, start, end } : undefined;
}
