import type { HostActionKind } from '../display.ts';

/** Who asked for it. */
export interface HostActionAsker {
  /** its fingerprint */
  readonly device: string;
  /** what the owner calls it */
  readonly deviceName: string;
}

/** Something that this machine does for a device which its owner permits that. Nothing of it blocks a thread. */
export interface HostAction {
  readonly kind: HostActionKind;
  /** heading of its card */
  readonly title: string;
  /** what the card says will happen, without the time: "The PC goes to sleep" */
  readonly announcement: string;
  /** Its own stream is in the way: it is done once that is over, and nobody is there to be told of a failure. */
  readonly afterStream?: true;
  /** Whether this machine can do it at all. Never rejects. */
  available(): Promise<boolean>;
  /** Why it may not be done just now, as a sentence; undefined: it may. Never rejects. */
  refusal(asker: HostActionAsker): Promise<string | undefined>;
  /**
   * Does it.
   *
   * @returns what the card says then
   * @throws Error with a sentence
   */
  perform(asker: HostActionAsker): Promise<string>;
}
