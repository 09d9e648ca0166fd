import dgram, { type RemoteInfo } from 'node:dgram';
import { EventEmitter } from 'node:events';
import os from 'node:os';
import type { Answer, Packet } from 'dns-packet';
import multicastDns, { type MulticastDNS } from 'multicast-dns';
import { Counters } from '../../telemetry/counters.ts';
import { networkInterfaces } from '../../network/interfaces.ts';
import { MAX_DATAGRAM, readDatagram } from './datagram.ts';
import { DatagramBudget } from './datagram-budget.ts';
import type { DiscoveryLog } from './discovery-messages.ts';
import { isOnLink, linksOf, type Link } from './links.ts';
import { hostLabel, instanceName } from './names.ts';
import {
  allRecords,
  forLegacy,
  goodbyeRecords,
  hostDomain,
  instanceDomain,
  isConflict,
  proposedRecords,
  replyTo,
  type Reply,
  type Service,
} from './records.ts';

export interface DiscoveryOptions {
  readonly log: DiscoveryLog;
  /** the plain-HTTP port */
  readonly port: number;
  /** the name that people see */
  readonly hostName: () => string;
  /** addresses the servers listen on; empty: all */
  readonly addresses: readonly string[];
  /** the machine's host name; default: the system's */
  readonly machine?: () => string;
  /** for tests: where mDNS happens (5353), on which interfaces (all), on loopback instead of the network */
  readonly multicastPort?: number;
  readonly interfaces?: () => ReturnType<typeof os.networkInterfaces>;
  readonly loopback?: boolean;
  /** for tests: milliseconds between looks at the interfaces (5000) */
  readonly lookInterval?: number;
}

const MDNS_PORT = 5353;
/** Nothing tells Node of a new address, so it looks. */
const LOOK_INTERVAL_MS = 5000;
/** RFC 6762 §8.1, §8.3 */
const PROBES = 3;
const PROBE_INTERVAL_MS = 250;
const ANNOUNCE_INTERVAL_MS = 1000;
/** the same answer on the same link at most once in (RFC 6762 §6) */
const REPEAT_INTERVAL_MS = 1000;
/** Somebody who answers every name with "mine" must not keep us busy. */
const MAX_RENAMES = 15;

interface OpenLink {
  readonly link: Link;
  /** sends */
  readonly socket: MulticastDNS;
  readonly receiver: dgram.Socket;
  /** when each answer was multicast last */
  readonly sent: Map<string, number>;
}

/**
 * The mDNS responder for `_nvstream._tcp` (protocol 1 §1.2), beside whatever other responder the machine runs.
 * One socket per link, for each link has its own addresses to tell.
 */
export class Discovery extends EventEmitter<{ announced: [service: Service] }> {
  /** queries, answers and what was ignored, by kind */
  readonly counters = new Counters();
  readonly #options: DiscoveryOptions;
  readonly #log: DiscoveryLog;
  readonly #port: number;
  readonly #open = new Map<string, OpenLink>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #budget = new DatagramBudget();
  #attempt = 1;
  #service: Service;
  /** names are checked and may be spoken for */
  #announced = false;
  /** ends a round of probing that has been overtaken */
  #round = 0;
  #conflicted = false;
  #lookTimer: NodeJS.Timeout | undefined;
  #looking = false;
  #closing: Promise<void> | undefined;

  constructor(options: DiscoveryOptions) {
    super();
    this.#options = options;
    this.#log = options.log;
    this.#port = options.multicastPort ?? MDNS_PORT;
    this.#service = this.#named();
  }

  /** The names in use; they change after collisions. */
  get service(): Service {
    return this.#service;
  }

  /**
   * Starts to announce; that the names are free shows a second later (`announced`). A network that cannot be
   * used is logged and tried again, never fatal: a host can be added in the client by its address.
   */
  async open(): Promise<void> {
    await this.#look();
    const interval = this.#options.lookInterval ?? LOOK_INTERVAL_MS;
    this.#lookTimer = setInterval(() => void this.#look(), interval).unref();
  }

  /** Says goodbye and closes every socket. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      clearInterval(this.#lookTimer);
      this.#round++;
      for (const timer of this.#timers) clearTimeout(timer);
      await this.#sayGoodbye();
      await Promise.all([...this.#open.values()].map(closeLink));
      this.#open.clear();
    })();
    return this.#closing;
  }

  #named(): Service {
    return {
      instance: instanceName(this.#options.hostName(), this.#attempt),
      host: hostLabel((this.#options.machine ?? os.hostname)(), this.#attempt),
      port: this.#options.port,
    };
  }

  /** Starts over when the machine's links are others than those that are served. */
  async #look(): Promise<void> {
    if (this.#closing || this.#looking) return;
    this.#looking = true;
    try {
      if (await this.#followLinks()) void this.#advertise();
    } catch (error) {
      this.#log.warn({ err: error, code: 'discovery-look' }, 'The network could not be looked at.');
    } finally {
      this.#looking = false;
    }
  }

  /** @returns whether anything changed */
  async #followLinks(): Promise<boolean> {
    const links = new Map(
      linksOf(this.#interfaces(), this.#options.addresses, this.#options.loopback).map((link) => [
        JSON.stringify(link),
        link,
      ]),
    );
    let changed = false;
    for (const [key, open] of [...this.#open]) {
      if (links.has(key)) continue;
      changed = true;
      this.#open.delete(key);
      await closeLink(open);
    }
    for (const [key, link] of links) {
      if (this.#open.has(key)) continue;
      changed = (await this.#serve(key, link)) || changed;
    }
    return changed && !this.#closing;
  }

  #interfaces(): ReturnType<typeof os.networkInterfaces> {
    return (this.#options.interfaces ?? os.networkInterfaces)();
  }

  #serve(key: string, link: Link): Promise<boolean> {
    const receiver = dgram.createSocket({ type: 'udp4', reuseAddr: true });
    const socket = multicastDns({
      socket: receiver,
      port: this.#port,
      interface: link.ipv4,
      // Bound to the link's own address, Linux would not deliver multicast to it.
      bind: '0.0.0.0',
      loopback: true,
      ttl: 255,
    });
    const open: OpenLink = { link, socket, receiver, sent: new Map() };
    socket.on('warning', () => this.counters.add('socket-error'));
    // The library would decode whatever comes, at any length, and follow pointers for seconds.
    receiver.removeAllListeners('message');
    receiver.on('message', (bytes, rinfo) => this.#onDatagram(open, bytes, rinfo));
    return new Promise((resolve) => {
      socket.on('error', (error) => {
        this.counters.add('socket-error');
        this.#log.warn(
          { err: error, code: 'discovery-link', link: link.name },
          `The host cannot be announced on ${link.name}. Clients can still add it by its address.`,
        );
        socket.destroy();
        resolve(false);
      });
      socket.on('ready', () => {
        if (this.#closing) {
          socket.destroy();
          resolve(false);
          return;
        }
        this.#open.set(key, open);
        resolve(true);
      });
    });
  }

  /** Probes for the names, takes others while they are taken, then announces. */
  async #advertise(): Promise<void> {
    const round = ++this.#round;
    this.#announced = false;
    const stale = (): boolean => round !== this.#round;
    do {
      this.#conflicted = false;
      await this.#wait(Math.random() * PROBE_INTERVAL_MS);
      for (let probe = 0; probe < PROBES && !this.#conflicted && !stale(); probe++) {
        for (const { socket, link } of this.#open.values()) {
          socket.query({
            questions: [
              { name: instanceDomain(this.#service), type: 'ANY' as 'A' },
              { name: hostDomain(this.#service), type: 'ANY' as 'A' },
            ],
            authorities: proposedRecords(this.#service, link),
          });
        }
        await this.#wait(PROBE_INTERVAL_MS);
      }
      if (stale()) return;
      if (this.#conflicted) this.#takeNextName();
    } while (this.#conflicted && this.#attempt <= MAX_RENAMES);
    this.#announced = true;
    this.#announce();
    this.#log.info(
      {
        code: 'discovery',
        ...this.#service,
        links: [...this.#open.values()].map((o) => o.link.name),
      },
      `Clients find this host as ${this.#service.instance}.`,
    );
    this.emit('announced', this.#service);
    await this.#wait(ANNOUNCE_INTERVAL_MS);
    if (!stale()) this.#announce();
  }

  #takeNextName(): void {
    this.counters.add('name-taken');
    this.#attempt++;
    this.#service = this.#named();
  }

  #announce(): void {
    for (const { socket, link } of this.#open.values()) {
      socket.respond({ answers: allRecords(this.#service, link) });
    }
  }

  async #sayGoodbye(): Promise<void> {
    if (!this.#announced) return;
    this.#announced = false;
    await Promise.all(
      [...this.#open.values()].map(
        ({ socket, link }) =>
          new Promise<void>((resolve) => {
            socket.respond({ answers: goodbyeRecords(this.#service, link) }, () => resolve());
          }),
      ),
    );
  }

  #onDatagram(open: OpenLink, bytes: Buffer, rinfo: RemoteInfo): void {
    // Sockets of all links hear each datagram; the one of its own link answers. Nobody else is listened to.
    if (!isOnLink(open.link, rinfo.address)) {
      this.counters.add('off-link');
      return;
    }
    if (bytes.length > MAX_DATAGRAM || !this.#budget.take(performance.now())) {
      this.counters.add('flood');
      return;
    }
    const packet = readDatagram(bytes);
    if (!packet) this.counters.add('malformed');
    else if (packet.type === 'query') this.#onQuery(open, packet, rinfo);
    else this.#onResponse(open, packet, rinfo);
  }

  #onQuery(open: OpenLink, packet: Packet, rinfo: RemoteInfo): void {
    const isProbe = (packet.authorities?.length ?? 0) > 0;
    if (!this.#announced) {
      if (isProbe) this.#onRivalProbe(packet);
      return;
    }
    const reply = replyTo(this.#service, open.link, packet.questions ?? [], packet.answers ?? []);
    if (!reply) return;
    this.counters.add('answers');
    if (rinfo.port !== this.#port) {
      open.socket.respond(
        {
          id: packet.id ?? 0,
          questions: packet.questions ?? [],
          answers: forLegacy(reply.answers),
          additionals: forLegacy(reply.additionals),
        },
        { ...rinfo },
      );
      return;
    }
    if (!isProbe && this.#wasJustSent(open, reply)) return;
    if (!reply.shared) {
      open.socket.respond(reply);
      return;
    }
    void this.#wait(20 + Math.random() * 100).then(() => {
      if (this.#announced) open.socket.respond(reply);
    });
  }

  #wasJustSent(open: OpenLink, reply: Reply): boolean {
    const now = performance.now();
    const key = JSON.stringify(reply.answers);
    const before = open.sent.get(key);
    if (before !== undefined && now - before < REPEAT_INTERVAL_MS) return true;
    // One entry for each combination of a few questions; strangers must not make it grow.
    if (open.sent.size > 64) open.sent.clear();
    open.sent.set(key, now);
    return false;
  }

  #onResponse(open: OpenLink, packet: Packet, rinfo: RemoteInfo): void {
    const records = [...(packet.answers ?? []), ...(packet.additionals ?? [])];
    if (!isConflict(this.#service, this.#ownAddresses(), records)) return;
    if (!this.#announced) {
      this.#conflicted = true;
      return;
    }
    if (this.#attempt >= MAX_RENAMES) return;
    this.#log.warn({ code: 'discovery-conflict', from: rinfo.address }, 'The name is taken.');
    this.#takeNextName();
    void this.#advertise();
  }

  /** Two that probe at once: the one whose proposal sorts first gives way (RFC 6762 §8.2). */
  #onRivalProbe(packet: Packet): void {
    const proposals = packet.authorities ?? [];
    if (!isConflict(this.#service, this.#ownAddresses(), proposals)) return;
    const theirs = proposals.find((record) => record.type === 'SRV');
    if (!theirs) {
      this.#conflicted = true;
      return;
    }
    const order = ({ data }: Answer & { type: 'SRV' }): string =>
      `${String(data.port).padStart(5, '0')} ${data.target.toLowerCase()}`;
    const ours = `${String(this.#service.port).padStart(5, '0')} ${hostDomain(this.#service)}`;
    if (ours < order(theirs)) this.#conflicted = true;
  }

  #ownAddresses(): ReadonlySet<string> {
    const interfaces = (this.#options.interfaces ?? networkInterfaces)();
    const infos = Object.values(interfaces).flatMap((list) => list ?? []);
    return new Set(infos.map((info) => info.address));
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, milliseconds).unref();
      this.#timers.add(timer);
    });
  }
}

function closeLink({ socket, receiver }: OpenLink): Promise<void> {
  return new Promise((resolve) => {
    receiver.removeAllListeners('message');
    socket.destroy(() => resolve());
  });
}
