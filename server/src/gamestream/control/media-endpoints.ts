import type { Path } from '../enet/host.ts';
import type { MediaPing } from './media-ping.ts';

export type Plane = 'video' | 'audio';

/** Milliseconds: how long an authenticated message vouches for an address, and a ping is remembered. */
const TRUST = 10_000;

interface RememberedPing {
  readonly kind: MediaPing['kind'];
  readonly path: Path;
  readonly at: number;
}

/**
 * Where one client's video and audio go. A ping alone moves nothing, because its payload travels in clear: its
 * address must have made the launch over mutual TLS or sent an authenticated control message in the last 10 s
 * (security.md, UDP). Pings that came too early are remembered and count once the address is trusted.
 */
export class MediaEndpoints {
  readonly #launchAddress: string;
  readonly #moved: (plane: Plane, path: Path) => void;
  readonly #vouched = new Map<string, number>();
  readonly #pings = new Map<Plane, RememberedPing>();
  readonly #current = new Map<Plane, Path>();
  /** the client knows no payload; undefined until its ANNOUNCE told */
  #legacy: boolean | undefined;

  /** @param moved called with every new destination of a plane */
  constructor(launchAddress: string, moved: (plane: Plane, path: Path) => void) {
    this.#launchAddress = launchAddress;
    this.#moved = moved;
  }

  /** Whether a ping without payload from this address may mean this client. */
  awaitsLegacy(plane: Plane, address: string): boolean {
    return this.#legacy !== false && address === this.#launchAddress && !this.#current.has(plane);
  }

  setLegacy(legacy: boolean, now: number): void {
    this.#legacy = legacy;
    this.#reconsider(now);
  }

  /** An authenticated control message came from this address. */
  vouch(address: string, now: number): void {
    const known = this.#isTrusted(address, now);
    for (const [old, at] of this.#vouched) if (now - at > TRUST) this.#vouched.delete(old);
    this.#vouched.set(address, now);
    if (!known) this.#reconsider(now);
  }

  /** A ping that names this client: by its payload, or by its address when it has none. */
  ping(plane: Plane, kind: MediaPing['kind'], path: Path, now: number): void {
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

  #consider(plane: Plane, now: number): void {
    const ping = this.#pings.get(plane);
    if (!ping || now - ping.at > TRUST) return;
    const { path } = ping;
    if (ping.kind === 'legacy') {
      if (this.#legacy !== true || !this.awaitsLegacy(plane, path.address)) return;
    } else if (!this.#isTrusted(path.address, now)) {
      return;
    }
    const current = this.#current.get(plane);
    if (
      current?.address === path.address &&
      current.port === path.port &&
      current.local === path.local
    ) {
      return;
    }
    this.#current.set(plane, path);
    this.#moved(plane, path);
  }
}
