import type { DeviceLimits } from './limits.ts';
import type { PermissionChange, Permissions } from './permissions.ts';

/**
 * The devices that may stream: paired clients, and the requests of devices that want to be. GameStream puts
 * requests here and asks who is who; the admin and `ctl` answer them. Neither knows the other.
 */

/** SHA-256 of a certificate's DER, lower-case hex: the only identity of a client. */
export type Fingerprint = string;

export interface Device extends Permissions {
  readonly fingerprint: Fingerprint;
  /** chosen by the owner at pairing, changeable */
  readonly name: string;
  readonly certificatePem: string;
  readonly enabled: boolean;
  /** milliseconds since 1970 */
  readonly pairedAt: number;
  readonly lastSeenAt?: number;
  readonly lastAddress?: string;
  /** absent: none */
  readonly limits?: DeviceLimits;
}

export interface DeviceEvents {
  /** added, renamed, enabled, permitted something, seen */
  changed: [device: Device];
  /** disabled or removed: its live sessions end at once */
  revoked: [fingerprint: Fingerprint];
}

export interface Devices {
  /** Exact match of a fingerprint, enabled or not; in memory, synchronous, cheap. */
  find(fingerprint: Fingerprint): Device | undefined;
  list(): readonly Device[];
  /** Stored durably before the promise resolves. */
  add(device: { fingerprint: Fingerprint; name: string; certificatePem: string }): Promise<Device>;
  rename(fingerprint: Fingerprint, name: string): Promise<void>;
  setEnabled(fingerprint: Fingerprint, enabled: boolean): Promise<void>;
  permit(fingerprint: Fingerprint, change: PermissionChange): Promise<void>;
  /** Takes the place of all limits that it had. */
  limit(fingerprint: Fingerprint, limits: DeviceLimits): Promise<void>;
  remove(fingerprint: Fingerprint): Promise<void>;
  /** Remembers address and time, written lazily. */
  seen(fingerprint: Fingerprint, address: string): void;
  on<K extends keyof DeviceEvents>(event: K, listener: (...args: DeviceEvents[K]) => void): void;
  off<K extends keyof DeviceEvents>(event: K, listener: (...args: DeviceEvents[K]) => void): void;
}

/** Whether an enabled device was seen last at exactly this address. */
export function isDeviceAt(devices: Pick<Devices, 'list'>, address: string): boolean {
  return devices.list().some((device) => device.enabled && device.lastAddress === address);
}

/** A device that waits for its PIN. */
export interface PairingRequest {
  /** random, 16 hex digits */
  readonly id: string;
  readonly address: string;
  /** as far as the client tells; stock clients say nothing, so this is made from the address */
  readonly suggestedName: string;
  readonly fingerprint: Fingerprint;
  /** four words from the certificate's fingerprint, to tell two requests apart */
  readonly words: string;
  readonly startedAt: number;
  readonly expiresAt: number;
}

export type PairingAnswer =
  | { readonly result: 'paired'; readonly device: Device }
  | { readonly result: 'wrong-pin' }
  | { readonly result: 'expired' }
  | { readonly result: 'refused' };

export interface PairingDesk {
  waiting(): readonly PairingRequest[];
  /**
   * One try: whatever the outcome, the request is gone afterwards. Resolves when the device has proved the
   * PIN, or failed to, at the latest 30 s later.
   *
   * @param pin four ASCII digits
   * @throws RangeError for an unknown id or a PIN of another form (the request then stays)
   */
  answer(id: string, pin: string, name?: string): Promise<PairingAnswer>;
  refuse(id: string): void;
  /** false: phase 1 is answered with a refusal */
  enabled: boolean;
  on(event: 'changed', listener: () => void): void;
  off(event: 'changed', listener: () => void): void;
}
