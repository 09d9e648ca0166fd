import type { MediaPlane } from '../../native/media-addon.ts';
import type { Path } from '../enet/host.ts';
import type { MediaPing } from './media-ping.ts';

/** Milliseconds: how long an authenticated message vouches for an address, and a ping is remembered. */
const TRUST = 10_000;
/** Milliseconds after which a destination counts as the client's, should another one turn up. */
const SETTLED = 3000;
/**
 * Milliseconds for which a settled client must ping from elsewhere, and from there alone, while its control connection
 * stays where it is. A router that forgets its ways forgets all of them, so this is hardly ever honest.
 */
const PATIENCE = 30_000;
/**
 * Milliseconds for which a client that was said to have moved, and had not, stays where it is. It pings twice a second,
 * so this is what bounds the share of its frames that somebody who forges its address can lead away.
 */
const HOLD = 60_000;

interface RememberedPing {
  readonly kind: MediaPing['kind'];
  readonly path: Path;
  readonly at: number;
}

/** Where a plane goes, and what speaks for it. */
interface Destination {
  path: Path;
  since: number;
  /** it was settled before `path` */
  home: Path | undefined;
  /** who else pings, since when */
  rival: { readonly path: Path; readonly since: number } | undefined;
  /** moves are refused since then, because `home` pinged again */
  heldAt: number | undefined;
}

/**
 * Where one client's video and audio go. A ping alone moves nothing, because its payload travels in clear: its
 * address must have made the launch over mutual TLS or sent an authenticated control message in the last 10 s
 * (security.md, UDP). Pings that came too early are remembered and count once the address is trusted.
 */
export class MediaEndpoints {
  readonly #launchAddress: string;
  readonly #moved: (plane: MediaPlane, path: Path) => void;
  readonly #vouched = new Map<string, number>();
  readonly #pings = new Map<MediaPlane, RememberedPing>();
  readonly #current = new Map<MediaPlane, Destination>();
  #control: string | undefined;
  #controlMovedAt = -Infinity;
  /** pings that would have moved a client that had not moved */
  contested = 0;
  /** the client knows no payload; undefined until its ANNOUNCE told */
  #legacy: boolean | undefined;

  /** @param moved called with every new destination of a plane */
  constructor(launchAddress: string, moved: (plane: MediaPlane, path: Path) => void) {
    this.#launchAddress = launchAddress;
    this.#moved = moved;
  }

  /** Whether a ping without payload from this address may mean this client. */
  awaitsLegacy(plane: MediaPlane, address: string): boolean {
    return this.#legacy !== false && address === this.#launchAddress && !this.#current.has(plane);
  }

  setLegacy(legacy: boolean, now: number): void {
    this.#legacy = legacy;
    this.#reconsider(now);
  }

  /** An authenticated control message came from here. */
  vouch({ address, port }: Pick<Path, 'address' | 'port'>, now: number): void {
    const control = `${address} ${port}`;
    if (this.#control !== undefined && this.#control !== control) this.#controlMovedAt = now;
    this.#control = control;
    const known = this.#isTrusted(address, now);
    for (const [old, at] of this.#vouched) if (now - at > TRUST) this.#vouched.delete(old);
    this.#vouched.set(address, now);
    if (!known) this.#reconsider(now);
  }

  /** A ping that names this client: by its payload, or by its address when it has none. */
  ping(plane: MediaPlane, kind: MediaPing['kind'], path: Path, now: number): void {
    this.#pings.set(plane, { kind, path, at: now });
    this.#consider(plane, now);
  }

  #isTrusted(address: string, now: number): boolean {
    const vouched = this.#vouched.get(address);
    return address === this.#launchAddress || (vouched !== undefined && now - vouched <= TRUST);
  }

  #reconsider(now: number): void {
    this.#consider('video', now);
    this.#consider('audio', now);
  }

  #consider(plane: MediaPlane, now: number): void {
    const ping = this.#pings.get(plane);
    if (!ping || now - ping.at > TRUST) return;
    const { path } = ping;
    if (ping.kind === 'legacy') {
      if (this.#legacy !== true || !this.awaitsLegacy(plane, path.address)) return;
    } else if (!this.#isTrusted(path.address, now)) {
      return;
    }
    const current = this.#current.get(plane);
    if (!current) {
      this.#current.set(plane, {
        path,
        since: now,
        home: undefined,
        rival: undefined,
        heldAt: undefined,
      });
    } else if (!this.#move(current, path, now)) {
      return;
    }
    this.#moved(plane, path);
  }

  /** The payload of a ping can be sniffed and its address forged: who is at home there pings again. */
  #move(destination: Destination, path: Path, now: number): boolean {
    if (isSame(destination.path, path)) return false;
    if (now - destination.since >= SETTLED) destination.home = destination.path;
    const { home } = destination;
    if (home && isSame(home, path)) {
      destination.heldAt = now;
    } else if (
      home &&
      this.#controlMovedAt <= destination.since &&
      !isBelieved(destination, path, now)
    ) {
      this.contested += 1;
      return false;
    }
    destination.rival = undefined;
    destination.path = path;
    destination.since = now;
    return true;
  }
}

/** Somebody else pings for a settled client whose control connection has not moved. */
function isBelieved(destination: Destination, path: Path, now: number): boolean {
  const { rival, heldAt } = destination;
  if (heldAt !== undefined && now - heldAt < HOLD) return false;
  if (rival && isSame(rival.path, path)) return now - rival.since >= PATIENCE;
  destination.rival = { path, since: now };
  return false;
}

function isSame(a: Path, b: Path): boolean {
  return a.address === b.address && a.port === b.port && a.local === b.local;
}
