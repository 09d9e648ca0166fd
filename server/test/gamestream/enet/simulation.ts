import { decodeDatagram } from '../../../src/gamestream/enet/datagram.ts';
import { Peer } from '../../../src/gamestream/enet/peer.ts';
import type { PeerEnd, PeerListener } from '../../../src/gamestream/enet/peer-options.ts';
import { FRESH_SESSIONS, nextSessions } from '../../../src/gamestream/enet/terms.ts';

interface Flying {
  readonly at: number;
  readonly to: 'client' | 'host';
  readonly bytes: Buffer;
}

/** What the simulated network does with one datagram: milliseconds until each copy arrives; none is loss. */
export type Fate = (bytes: Buffer, to: 'client' | 'host') => readonly number[];

/** A client's and a host's peer with a network between them, on a clock that only moves when told. */
export class Simulation {
  now = 1000;
  fate: Fate;
  readonly client: Peer;
  readonly host: Peer;
  readonly received = { client: [] as [number, Buffer][], host: [] as [number, Buffer][] };
  readonly ends = { client: [] as PeerEnd[], host: [] as PeerEnd[] };
  readonly datagrams = { client: [] as Buffer[], host: [] as Buffer[] };
  #flying: Flying[] = [];

  constructor(fate: Fate = () => [1], mtu = 900) {
    this.fate = fate;
    const end = (side: 'client' | 'host', other: 'client' | 'host'): Peer =>
      new Peer({
        index: side === 'client' ? 0 : 3,
        now: () => this.now,
        mtu,
        send: (bytes) => {
          this.datagrams[side].push(bytes);
          for (const delay of this.fate(bytes, other)) {
            this.#flying.push({ at: this.now + delay, to: other, bytes });
          }
        },
        listener: this.#listener(side),
      });
    this.client = end('client', 'host');
    this.host = end('host', 'client');
  }

  connect(): this {
    this.client.connect(48, 0x01020304, 0);
    this.run(5000, () => this.client.connected && this.host.connected);
    return this;
  }

  /** Lets time pass in whole milliseconds, until the condition holds. */
  run(milliseconds: number, until: () => boolean = () => false): void {
    const end = this.now + milliseconds;
    while (this.now < end && !until()) {
      this.now += 1;
      const due = this.#flying.filter(({ at }) => at <= this.now);
      this.#flying = this.#flying.filter(({ at }) => at > this.now);
      for (const { to, bytes } of due) this.#arrive(to, bytes);
      for (const peer of [this.client, this.host]) {
        if (peer.deadline !== undefined && peer.deadline <= this.now) peer.service();
      }
    }
  }

  #arrive(to: 'client' | 'host', bytes: Buffer): void {
    const datagram = decodeDatagram(bytes)!;
    const [first] = datagram.commands;
    if (to === 'host' && first?.kind === 'connect') {
      if (this.host.state === 'disconnected' && this.host.connectId !== first.connectId) {
        this.host.accept(first, 48, nextSessions(FRESH_SESSIONS, first));
      }
      return;
    }
    const peer = to === 'client' ? this.client : this.host;
    if (peer.matches(datagram)) peer.receive(datagram, bytes.length);
  }

  #listener(side: 'client' | 'host'): PeerListener {
    return {
      message: (channel, data) => this.received[side].push([channel, Buffer.from(data)]),
      disconnected: (end) => this.ends[side].push(end),
    };
  }
}
