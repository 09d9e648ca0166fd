import { createHash, randomBytes, sign, verify, X509Certificate } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { readCertificate, signatureValue } from '../../src/gamestream/pairing/certificate.ts';
import { decrypt, encrypt, pairingKey, proofHash } from '../../src/gamestream/pairing/proof.ts';

export interface Reply {
  readonly http: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** XML status_code */
  readonly status: number;
  readonly message: string | undefined;
  element(name: string): string | undefined;
}

/** A client of GameStream's HTTP side as the tests need it: small, and able to misbehave. */
export class PairingClient {
  readonly http: number;
  readonly https: number;
  readonly certPem: string | undefined;
  readonly keyPem: string | undefined;
  uniqueId = '0123456789ABCDEF';
  host = '127.0.0.1';
  localAddress = '127.0.0.1';

  constructor(
    ports: { http: number; https: number },
    identity?: { certPem: string; privateKeyPem: string },
  ) {
    this.http = ports.http;
    this.https = ports.https;
    this.certPem = identity?.certPem;
    this.keyPem = identity?.privateKeyPem;
  }

  /** Over plain HTTP. */
  get(target: string, signal?: AbortSignal): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const request = http.get(
        {
          host: this.host,
          port: this.http,
          path: target,
          agent: false,
          localAddress: this.localAddress,
          ...(signal && { signal }),
        },
        (response) => collect(response, resolve, reject),
      );
      request.on('error', reject);
    });
  }

  /** Over HTTPS, with the client's certificate if it has one. */
  getSecure(target: string, options: https.RequestOptions = {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const request = https.get(
        {
          host: this.host,
          port: this.https,
          path: target,
          agent: false,
          cert: this.certPem,
          key: this.keyPem,
          rejectUnauthorized: false,
          localAddress: this.localAddress,
          ...options,
        },
        (response) => collect(response, resolve, reject),
      );
      request.on('error', reject);
    });
  }

  pairTarget(parameters: Record<string, string>): string {
    const query = new URLSearchParams({
      uniqueid: this.uniqueId,
      uuid: randomBytes(16).toString('hex'),
      devicename: 'roth',
      updateState: '1',
      ...parameters,
    });
    return `/pair?${query.toString()}`;
  }

  phase1(salt: Buffer, signal?: AbortSignal): Promise<Reply> {
    return this.get(
      this.pairTarget({
        phrase: 'getservercert',
        salt: salt.toString('hex'),
        clientcert: Buffer.from(this.certPem!).toString('hex'),
      }),
      signal,
    );
  }

  challenge(data: Buffer): Promise<Reply> {
    return this.get(this.pairTarget({ clientchallenge: data.toString('hex') }));
  }

  response(data: Buffer): Promise<Reply> {
    return this.get(this.pairTarget({ serverchallengeresp: data.toString('hex') }));
  }

  secret(data: Buffer): Promise<Reply> {
    return this.get(this.pairTarget({ clientpairingsecret: data.toString('hex') }));
  }

  /**
   * All five phases as a stock client runs them.
   *
   * @param careless like moonlight-embedded: sends phase 4 although the host's hash does not fit
   * @returns the last answer, and what phase 4 carried
   */
  async pair(
    pin: string,
    options: { careless?: boolean } = {},
  ): Promise<{
    result: 'paired' | 'wrong-pin' | 'refused';
    last: Reply;
    sent: { challenge: Buffer; response: Buffer; secret: Buffer };
  }> {
    const salt = randomBytes(16);
    const key = pairingKey(salt, pin);
    const first = await this.phase1(salt);
    const nothing = {
      challenge: Buffer.alloc(0),
      response: Buffer.alloc(0),
      secret: Buffer.alloc(0),
    };
    if (first.element('paired') !== '1') return { result: 'refused', last: first, sent: nothing };
    const hostPem = Buffer.from(first.element('plaincert')!, 'hex').toString();
    const host = new X509Certificate(hostPem);

    const clientChallenge = randomBytes(16);
    const challenge = encrypt(key, clientChallenge);
    const second = await this.challenge(challenge);
    const opened = decrypt(key, Buffer.from(second.element('challengeresponse')!, 'hex'));
    const hostHash = opened.subarray(0, 32);
    const hostChallenge = opened.subarray(32);

    const clientSecret = randomBytes(16);
    const mine = readCertificate(this.certPem!)!;
    const response = encrypt(key, proofHash(hostChallenge, mine.signature, clientSecret));
    const third = await this.response(response);
    const pairingSecret = Buffer.from(third.element('pairingsecret')!, 'hex');
    const hostSecret = pairingSecret.subarray(0, 16);
    if (!verify('sha256', hostSecret, host.publicKey, pairingSecret.subarray(16))) {
      throw new Error('man in the middle');
    }
    const expected = createHash('sha256')
      .update(clientChallenge)
      .update(signatureValue(host.raw)!)
      .update(hostSecret)
      .digest();
    const secret = Buffer.concat([clientSecret, sign('sha256', clientSecret, this.keyPem!)]);
    const sent = { challenge, response, secret };
    if (!expected.equals(hostHash) && !options.careless) {
      const last = await this.get(`/unpair?uniqueid=${this.uniqueId}`);
      return { result: 'wrong-pin', last, sent };
    }
    const fourth = await this.secret(secret);
    if (fourth.element('paired') !== '1') {
      await this.get(`/unpair?uniqueid=${this.uniqueId}`);
      return { result: 'wrong-pin', last: fourth, sent };
    }
    const fifth = await this.getSecure(this.pairTarget({ phrase: 'pairchallenge' }));
    return { result: fifth.element('paired') === '1' ? 'paired' : 'refused', last: fifth, sent };
  }
}

function collect(
  response: http.IncomingMessage,
  resolve: (reply: Reply) => void,
  reject: (error: Error) => void,
): void {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  response.on('error', reject);
  response.on('end', () => {
    const body = Buffer.concat(chunks);
    const text = body.toString();
    resolve({
      http: response.statusCode ?? 0,
      headers: response.headers,
      body,
      text,
      status: Number(/<root[^>]* status_code="(\d+)"/.exec(text)?.[1]),
      message: /<root[^>]* status_message="([^"]*)"/.exec(text)?.[1],
      element: (name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1],
    });
  });
}
