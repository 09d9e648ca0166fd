import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import {
  makeClientIdentity,
  readClientIdentity,
} from '../../../server/src/client/client-identity.ts';
import { GameStreamClient } from '../../../server/src/client/game-stream-client.ts';
import { Viewing } from '../../e2e/support/viewing.ts';

/*
 * A client on the foreign machine's network: pairs where the file holds no pairing yet, then plays the test pattern.
 *
 *   node play.ts FILE PIN    prints `picture MILLISECONDS` (since 1970) with the first one, and `played` at the end
 */

/** A pairing, as a client keeps it. */
interface Kept {
  readonly certificate: string;
  readonly key: string;
  /** DER of the host's certificate, base64 */
  readonly host: string;
}

const HOST = { host: '127.0.0.1', httpPort: 47989 };
const [file = '', pin = ''] = process.argv.slice(2);

async function paired(): Promise<GameStreamClient> {
  if (existsSync(file)) {
    const { certificate, key, host } = JSON.parse(readFileSync(file, 'utf8')) as Kept;
    const client = new GameStreamClient(
      HOST,
      readClientIdentity(certificate, key),
      Buffer.from(host, 'base64'),
    );
    await client.publicInfo();
    return client;
  }
  const identity = await makeClientIdentity();
  const client = new GameStreamClient(HOST, identity);
  const { der } = await client.pair({ pin, signal: AbortSignal.timeout(60_000) });
  const kept: Kept = {
    certificate: identity.certificatePem,
    key: identity.privateKeyPem,
    host: der.toString('base64'),
  };
  writeFileSync(file, JSON.stringify(kept));
  return client;
}

const client = await paired();
const { id } = await client.app('Test pattern');
const viewing = new Viewing(await client.stream(id, { width: 640, height: 360, fps: 30 }));
await viewing.started();
process.stdout.write(`picture ${Date.now()}\n`);
await viewing.reached(30);
const { lostFrames, outOfOrder } = viewing.stream.video.statistics();
const faults = [
  ...viewing.stream.violations.list.map((violation) => JSON.stringify(violation)),
  ...(viewing.complaints ? [viewing.complaints] : []),
  ...(lostFrames + outOfOrder > 0 ? [`${lostFrames} frames lost, ${outOfOrder} out of order`] : []),
];
await viewing.close();
await client.cancel();
process.stdout.write(faults.length > 0 ? `${faults.join('\n')}\n` : 'played\n');
process.exit(faults.length > 0 ? 1 : 0);
