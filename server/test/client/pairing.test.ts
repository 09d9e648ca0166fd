import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readClientIdentity } from '../../src/client/client-identity.ts';
import { HostRequests } from '../../src/client/host-requests.ts';
import { pair, PairingFailed } from '../../src/client/pairing.ts';
import { readVectors } from './vectors.ts';

interface Phase {
  readonly requestQuery: Readonly<Record<string, string>>;
  readonly responseXmlElements: Readonly<Record<string, string>>;
}
interface Vectors {
  readonly inputs: {
    readonly pin: string;
    readonly saltHex: string;
    readonly clientChallengeHex: string;
    readonly clientSecretHex: string;
    readonly client: { readonly certPem: string; readonly privateKeyPem: string };
  };
  readonly success: Readonly<Record<'phase1' | 'phase2' | 'phase3' | 'phase4', Phase>>;
  readonly wrongPin: Readonly<Record<'phase2' | 'phase3' | 'phase4', Phase>>;
}

const vectors = readVectors<Vectors>('pairing');
const { inputs } = vectors;

let server: http.Server;
let asked: URLSearchParams[];
let replies: Readonly<Record<string, string>>[];

beforeEach(async () => {
  asked = [];
  replies = [];
  // Plays back the recorded host: what is under test is what our client asks, and what it believes.
  server = http.createServer((request, response) => {
    const url = new URL(request.url!, 'http://host');
    asked.push(new URLSearchParams(url.search));
    const elements = url.pathname === '/pair' ? replies.shift() : {};
    const xml = Object.entries(elements ?? {})
      .map(([name, value]) => `<${name}>${value}</${name}>`)
      .join('');
    response.end(`<root status_code="${elements ? 200 : 400}">${xml}</root>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

function run(skipOwnCheck = false): Promise<unknown> {
  const identity = readClientIdentity(inputs.client.certPem, inputs.client.privateKeyPem);
  const address = { host: '127.0.0.1', httpPort: (server.address() as AddressInfo).port };
  const random = {
    salt: inputs.saltHex,
    challenge: inputs.clientChallengeHex,
    secret: inputs.clientSecretHex,
  };
  return pair(new HostRequests(address, identity), identity, {
    pin: inputs.pin,
    skipOwnCheck,
    random: (purpose) => Buffer.from(random[purpose], 'hex'),
  });
}

describe('the ceremony of the vectors', () => {
  it('asks what the stock client asks, in every phase', async () => {
    const { phase1, phase2, phase3, phase4 } = vectors.success;
    replies = [phase1, phase2, phase3, phase4].map((phase) => phase.responseXmlElements);
    // The recorded host has no HTTPS: phase 5 is where this run must end.
    await expect(run()).rejects.toThrow(/ECONNREFUSED|connect/);
    [phase1, phase2, phase3, phase4].forEach((phase, i) => {
      for (const [name, value] of Object.entries(phase.requestQuery)) {
        expect(asked[i]!.get(name), `phase ${i + 1} ${name}`).toBe(value);
      }
      expect(asked[i]!.get('devicename')).toBe('roth');
    });
    expect(asked).toHaveLength(4);
  });

  it('sees the wrong PIN after phase 3 and takes the request back', async () => {
    const { phase2, phase3 } = vectors.wrongPin;
    replies = [vectors.success.phase1, phase2, phase3].map((phase) => phase.responseXmlElements);
    await expect(run()).rejects.toMatchObject({ name: 'PairingFailed', fault: 'wrong-pin' });
    expect(asked).toHaveLength(4);
    expect([...asked[3]!.keys()]).toEqual(['uniqueid', 'uuid']);
  });

  it('without its own check it learns from the host', async () => {
    const { phase2, phase3, phase4 } = vectors.wrongPin;
    replies = [vectors.success.phase1, phase2, phase3, phase4].map(
      (phase) => phase.responseXmlElements,
    );
    await expect(run(true)).rejects.toThrow(PairingFailed);
    expect(asked[3]!.has('clientpairingsecret')).toBe(true);
  });

  it('does not believe a secret that the certificate did not sign', async () => {
    const { phase1, phase2, phase3 } = vectors.success;
    const secret = phase3.responseXmlElements['pairingsecret']!;
    replies = [
      phase1.responseXmlElements,
      phase2.responseXmlElements,
      { ...phase3.responseXmlElements, pairingsecret: `${secret.slice(0, -2)}00` },
    ];
    await expect(run()).rejects.toMatchObject({ fault: 'tampered' });
  });

  it('tells a host that is busy from one that declines', async () => {
    replies = [{ paired: '1' }];
    await expect(run()).rejects.toMatchObject({ fault: 'busy' });
    replies = [{ paired: '0' }];
    await expect(run()).rejects.toMatchObject({ fault: 'declined' });
  });
});
