import { readFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';

/** One end of a TCP connection. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Connections that are open (TCP_ESTABLISHED), as /proc/net/tcp numbers its states. */
const ESTABLISHED = '01';

/**
 * Whose program made a connection that came from this machine: the kernel lists each socket with the number of its user.
 *
 * @param peer the end that connected, as this end sees it
 * @param here this end
 * @returns the user's number; undefined when the connection came from elsewhere or is over
 */
export async function connectionOwner(peer: Endpoint, here: Endpoint): Promise<number | undefined> {
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const owner = ownerIn(await readFile(table, 'latin1').catch(() => ''), peer, here);
    if (owner !== undefined) return owner;
  }
  return undefined;
}

/** @param table the text of /proc/net/tcp or tcp6 */
export function ownerIn(table: string, peer: Endpoint, here: Endpoint): number | undefined {
  const froms = hexForms(peer);
  const tos = hexForms(here);
  for (const line of table.split('\n').slice(1)) {
    // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid …
    const [, local = '', remote = '', state, , , , uid = ''] = line.trim().split(/\s+/);
    if (state === ESTABLISHED && froms.includes(local) && tos.includes(remote)) return Number(uid);
  }
  return undefined;
}

/** `0100007F:BB76`; an IPv4 address also as IPv6 sockets have it. */
function hexForms({ address, port }: Endpoint): string[] {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const words = net.isIPv4(address)
    ? [kernelWord(Buffer.from(address.split('.').map(Number)))]
    : ipv6Words(address);
  const mapped = ['00000000', '00000000', kernelWord(Buffer.from([0, 0, 0xff, 0xff])), ...words];
  const forms = words.length === 1 ? [words, mapped] : [words];
  return forms.map((form) => form.join('') + end);
}

function ipv6Words(address: string): string[] {
  const [front = [], back = []] = address
    .replace(/%.*$/, '')
    .split('::')
    .map((part) => part.split(':').filter(Boolean));
  const zeros = Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0');
  const bytes = Buffer.alloc(16);
  for (const [index, group] of [...front, ...zeros, ...back].slice(0, 8).entries()) {
    bytes.writeUInt16BE(parseInt(group, 16) & 0xffff, index * 2);
  }
  return [0, 4, 8, 12].map((at) => kernelWord(bytes.subarray(at, at + 4)));
}

/** The kernel prints an address as numbers of 32 bits in the machine's own order. */
function kernelWord(bytes: Buffer): string {
  const number = os.endianness() === 'LE' ? bytes.readUInt32LE() : bytes.readUInt32BE();
  return number.toString(16).toUpperCase().padStart(8, '0');
}
