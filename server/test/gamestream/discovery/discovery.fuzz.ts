import dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDatagram } from '../../../src/gamestream/discovery/datagram.ts';
import { forLegacy, isConflict, replyTo } from '../../../src/gamestream/discovery/records.ts';
import { keptInputs, mutations } from '../../corpus/corpus-of-bytes.ts';
import { fuzz } from '../../corpus/fuzz.ts';

const service = { instance: 'PC', host: 'pc-earthshine', port: 47989 };
const link = {
  name: 'eth0',
  ipv4: '192.168.1.5',
  prefix: 24,
  a: ['192.168.1.5'],
  aaaa: ['fd00::5'],
};

function check(bytes: Buffer): void {
  const packet = readDatagram(bytes);
  if (!packet) return;
  isConflict(service, new Set(link.a), [
    ...(packet.answers ?? []),
    ...(packet.additionals ?? []),
    ...(packet.authorities ?? []),
  ]);
  const reply = replyTo(service, link, packet.questions ?? [], packet.answers ?? []);
  if (!reply) return;
  const sent = dnsPacket.encode({ type: 'response', id: packet.id ?? 0, ...reply });
  expect(sent.length).toBeLessThan(600);
  dnsPacket.encode({
    type: 'response',
    questions: packet.questions ?? [],
    answers: forLegacy(reply.answers),
  });
}

describe('mDNS packets', () => {
  const kept = keptInputs('mdns');
  it.each(kept)('take $name', ({ bytes }) => check(bytes));
  it('survive anything', async () => {
    await fuzz(fc.property(mutations(kept.map(({ bytes }) => bytes)), check));
  });
});
