import type { Answer, Question } from 'dns-packet';
import type { Link } from './links.ts';

/** What is announced. */
export interface Service {
  /** label, without the service's domain */
  readonly instance: string;
  /** label, without `.local` */
  readonly host: string;
  /** the plain-HTTP port */
  readonly port: number;
}

const SERVICE_DOMAIN = '_nvstream._tcp.local';
const META_DOMAIN = '_services._dns-sd._udp.local';

/** Seconds, as RFC 6762 §10 recommends: two minutes for what hangs on addresses, else 75. */
const HOST_TTL = 120;
const OTHER_TTL = 4500;
/** A resolver that asks from a port of its own keeps answers at most so long (RFC 6762 §6.7). */
const LEGACY_TTL = 10;

export function instanceDomain(service: Service): string {
  return `${service.instance}.${SERVICE_DOMAIN}`;
}

export function hostDomain(service: Service): string {
  return `${service.host}.local`;
}

/** All records of the service on one link. */
export function allRecords(service: Service, link: Link): Answer[] {
  return [pointer(service), server(service), text(service), ...addresses(service, link)];
}

/** The same, as records that are no more. */
export function goodbyeRecords(service: Service, link: Link): Answer[] {
  return allRecords(service, link).map((record) => ({ ...record, ttl: 0 }) as Answer);
}

/** The records whose names must be nobody else's, as a probe proposes them (RFC 6762 §8.2). */
export function proposedRecords(service: Service, link: Link): Answer[] {
  return [server(service), ...addresses(service, link)].map(
    (record) => ({ ...record, flush: false }) as Answer,
  );
}

export interface Reply {
  readonly answers: Answer[];
  readonly additionals: Answer[];
  /** somebody else may answer the same question, so that a random delay is due (RFC 6762 §6) */
  readonly shared: boolean;
}

/**
 * What a query gets.
 *
 * @param known answers that the asker has already
 * @returns undefined when nothing of it is ours, or all of it is known
 */
export function replyTo(
  service: Service,
  link: Link,
  questions: readonly Question[],
  known: readonly Answer[],
): Reply | undefined {
  const answers: Answer[] = [];
  const additionals: Answer[] = [];
  let shared = false;
  for (const { name, type } of questions) {
    const asked = name.toLowerCase();
    const wants = (kind: string): boolean => type === kind || (type as string) === 'ANY';
    if (asked === SERVICE_DOMAIN && wants('PTR')) {
      shared = true;
      answers.push(pointer(service));
      additionals.push(server(service), text(service), ...addresses(service, link));
    } else if (asked === META_DOMAIN && wants('PTR')) {
      shared = true;
      answers.push({ name: META_DOMAIN, type: 'PTR', ttl: OTHER_TTL, data: SERVICE_DOMAIN });
    } else if (asked === instanceDomain(service).toLowerCase()) {
      if (wants('SRV')) {
        answers.push(server(service));
        additionals.push(...addresses(service, link));
      }
      if (wants('TXT')) answers.push(text(service));
    } else if (asked === hostDomain(service).toLowerCase()) {
      const all = addresses(service, link);
      const wanted = all.filter((record) => wants(record.type));
      answers.push(...wanted);
      // The other family saves a question.
      if (wanted.length > 0) additionals.push(...all.filter((record) => !wanted.includes(record)));
    }
  }
  const knownKeys = new Map(known.map((record) => [keyOf(record), timeToLive(record)]));
  const news = distinct(answers).filter((record) => !isKnown(record, knownKeys));
  if (news.length === 0) return undefined;
  const given = new Set(news.map(keyOf));
  return {
    answers: news,
    additionals: distinct(additionals).filter((record) => !given.has(keyOf(record))),
    shared,
  };
}

/** For an asker that is no mDNS responder: short lives, and no cache-flush bit (RFC 6762 §6.7). */
export function forLegacy(records: readonly Answer[]): Answer[] {
  return records.map(
    (record) =>
      ({ ...record, flush: false, ttl: Math.min(timeToLive(record), LEGACY_TTL) }) as Answer,
  );
}

/**
 * Whether somebody else's records claim one of our names for something else. Another instance on this very
 * machine has our addresses, so addresses alone are compared with all of the machine's.
 */
export function isConflict(
  service: Service,
  ownAddresses: ReadonlySet<string>,
  records: readonly Answer[],
): boolean {
  const instance = instanceDomain(service).toLowerCase();
  const host = hostDomain(service).toLowerCase();
  return records.some((record) => {
    if (timeToLive(record) === 0) return false;
    const name = record.name.toLowerCase();
    if (record.type === 'SRV' && name === instance) {
      return record.data.port !== service.port || record.data.target.toLowerCase() !== host;
    }
    if ((record.type === 'A' || record.type === 'AAAA') && name === host) {
      return !ownAddresses.has(record.data);
    }
    return false;
  });
}

function pointer(service: Service): Answer {
  return { name: SERVICE_DOMAIN, type: 'PTR', ttl: OTHER_TTL, data: instanceDomain(service) };
}

function server(service: Service): Answer {
  return {
    name: instanceDomain(service),
    type: 'SRV',
    ttl: HOST_TTL,
    flush: true,
    data: { priority: 0, weight: 0, port: service.port, target: hostDomain(service) },
  };
}

/** One string of no bytes: a TXT without any string makes Apple resolvers refuse the answer. */
function text(service: Service): Answer {
  return {
    name: instanceDomain(service),
    type: 'TXT',
    ttl: OTHER_TTL,
    flush: true,
    data: [Buffer.alloc(0)],
  };
}

function addresses(service: Service, link: Link): Answer[] {
  const common = { name: hostDomain(service), ttl: HOST_TTL, flush: true };
  return [
    ...link.a.map((data): Answer => ({ ...common, type: 'A', data })),
    ...link.aaaa.map((data): Answer => ({ ...common, type: 'AAAA', data })),
  ];
}

/** Known, and for at least half of its life to come (RFC 6762 §7.1). */
function isKnown(record: Answer, known: ReadonlyMap<string, number>): boolean {
  return (known.get(keyOf(record)) ?? -1) * 2 >= timeToLive(record);
}

function distinct(records: readonly Answer[]): Answer[] {
  return [...new Map(records.map((record) => [keyOf(record), record])).values()];
}

function keyOf(record: Answer): string {
  const data = 'data' in record ? JSON.stringify(record.data).toLowerCase() : '';
  return `${record.name.toLowerCase()} ${record.type} ${data}`;
}

function timeToLive(record: Answer): number {
  return 'ttl' in record ? (record.ttl ?? 0) : 0;
}
