import net from 'node:net';

import type { Answer, Packet, Question } from 'dns-packet';

/** RFC 6762 §17: no mDNS datagram is longer, headers of IP and UDP included. */
export const MAX_DATAGRAM = 9000;
/** Questions and records that one datagram may bring; a network with a hundred services stays far below. */
const MAX_ENTRIES = 256;
/** Pointers followed for one name. A name has 127 labels at most, but who compresses points once or twice. */
const MAX_JUMPS = 8;
/** bytes of a name (RFC 1035 §2.3.4) */
const MAX_NAME = 255;

const HEADER = 12;
const TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  12: 'PTR',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  255: 'ANY',
};

/**
 * Reads an mDNS datagram: its questions, and those of its records that a responder of ours looks at (A, AAAA, PTR,
 * SRV, TXT). Anybody may send one, so its length, its entries, and the pointers of each name are all bounded: the
 * worst takes a fraction of a millisecond.
 *
 * @returns undefined for anything that is malformed or over a bound
 */
export function readDatagram(bytes: Buffer): Packet | undefined {
  if (bytes.length < HEADER || bytes.length > MAX_DATAGRAM) return undefined;
  const flags = bytes.readUInt16BE(2);
  const [questions = 0, answers = 0, authorities = 0, additionals = 0] = [4, 6, 8, 10].map(
    (offset) => bytes.readUInt16BE(offset),
  );
  if (questions + answers + authorities + additionals > MAX_ENTRIES) return undefined;
  const reader = new Reader(bytes);
  const packet = {
    id: bytes.readUInt16BE(0),
    type: flags & 0x8000 ? ('response' as const) : ('query' as const),
    flags,
    questions: many(questions, () => reader.question()),
    answers: many(answers, () => reader.record()),
    authorities: many(authorities, () => reader.record()),
    additionals: many(additionals, () => reader.record()),
  };
  return reader.failed ? undefined : packet;
}

function many<T>(count: number, read: () => T | undefined): T[] {
  const entries: T[] = [];
  for (let n = 0; n < count; n += 1) {
    const entry = read();
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

/** Walks over a datagram. After the first failure nothing more is read. */
class Reader {
  failed = false;
  readonly #bytes: Buffer;
  #at = HEADER;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  question(): Question | undefined {
    const name = this.#name();
    if (name === undefined || !this.#has(4)) return undefined;
    const type = this.#bytes.readUInt16BE(this.#at);
    this.#at += 4;
    // Of another type than ours are nobody's questions here, but they belong to a legacy asker's answer.
    return { name, type: (TYPES[type] ?? `UNKNOWN_${type}`) as Question['type'] };
  }

  /** @returns undefined also for a record of a type that is not looked at */
  record(): Answer | undefined {
    const name = this.#name();
    if (name === undefined || !this.#has(10)) return undefined;
    const head = this.#bytes.subarray(this.#at, this.#at + 10);
    const length = head.readUInt16BE(8);
    this.#at += 10;
    if (!this.#has(length)) return undefined;
    const end = this.#at + length;
    const data = this.#data(TYPES[head.readUInt16BE(0)], end);
    this.#at = end;
    if (this.failed || data === undefined) return undefined;
    const flush = (head.readUInt16BE(2) & 0x8000) !== 0;
    return { name, ttl: head.readUInt32BE(4), flush, ...data } as Answer;
  }

  #data(type: string | undefined, end: number): { type: string; data: unknown } | undefined {
    const bytes = this.#bytes.subarray(this.#at, end);
    switch (type) {
      case 'A':
        return bytes.length === 4 ? { type, data: bytes.join('.') } : this.#fail();
      case 'AAAA':
        return bytes.length === 16 ? { type, data: ipv6(bytes) } : this.#fail();
      case 'TXT': {
        const data = strings(bytes);
        return data ? { type, data } : this.#fail();
      }
      case 'PTR': {
        const data = this.#name(end);
        return data === undefined ? undefined : { type, data };
      }
      case 'SRV': {
        if (bytes.length < 7) return this.#fail();
        this.#at += 6;
        const target = this.#name(end);
        if (target === undefined) return undefined;
        const [priority, weight, port] = [0, 2, 4].map((offset) => bytes.readUInt16BE(offset));
        return { type, data: { priority, weight, port, target } };
      }
      default:
        return undefined;
    }
  }

  /** @param end of the data that the name's own bytes lie in; pointers lead before it */
  #name(end = this.#bytes.length): string | undefined {
    const bytes = this.#bytes;
    const labels: string[] = [];
    let length = 1;
    let jumps = 0;
    let at = this.#at;
    let limit = end;
    for (;;) {
      const head = at < limit ? bytes[at]! : undefined;
      if (head === undefined) return this.#fail();
      if (head === 0) {
        if (jumps === 0) this.#at = at + 1;
        return labels.join('.');
      }
      if (head < 0x40) {
        length += head + 1;
        if (length > MAX_NAME || at + 1 + head > limit) return this.#fail();
        labels.push(bytes.toString('utf8', at + 1, at + 1 + head));
        at += 1 + head;
        continue;
      }
      if (head < 0xc0 || at + 2 > limit || jumps === MAX_JUMPS) return this.#fail();
      const target = bytes.readUInt16BE(at) & 0x3fff;
      // Pointers lead back, so that none leads round.
      if (target < HEADER || target >= at) return this.#fail();
      if (jumps === 0) this.#at = at + 2;
      jumps += 1;
      limit = at;
      at = target;
    }
  }

  #has(length: number): boolean {
    if (this.#at + length > this.#bytes.length) this.#fail();
    return !this.failed;
  }

  #fail(): undefined {
    this.failed = true;
    this.#at = this.#bytes.length;
    return undefined;
  }
}

/** As the system writes addresses, so that they compare with its own. */
function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, n) => bytes.readUInt16BE(n * 2).toString(16));
  return new net.SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address;
}

function strings(bytes: Buffer): Buffer[] | undefined {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + bytes[at]!;
    if (end > bytes.length) return undefined;
    found.push(bytes.subarray(at + 1, end));
    at = end;
  }
  return found;
}
