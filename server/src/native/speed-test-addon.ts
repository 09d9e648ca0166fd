import type { Endpoint } from './media-addon.ts';

/** The two ends of a speed test, each on a thread of its own (`native/src/speedtest`). */
export interface SpeedTestAddon {
  /**
   * Begins to send at once.
   *
   * @throws Error with a sentence when the socket cannot be had
   */
  startSpeedTest(options: SpeedTestSenderOptions): NativeSpeedTest;
  /**
   * Begins to ping and to count at once.
   *
   * @throws Error with a sentence when the socket cannot be had
   */
  openSpeedTestReceiver(options: SpeedTestReceiverOptions): NativeSpeedTestReceiver;
}

/** UDP payload of each datagram, bytes: as long as a usual video datagram. */
export const SPEED_TEST_DATAGRAM_BYTES = 1408;
/** Rates that one test may try. */
export const SPEED_TEST_STEPS = 64;
/** No test is faster, whatever is asked (security.md). kbit/s of UDP payload */
export const SPEED_TEST_MOST_KBPS = 3_000_000;
/** No test is longer. Seconds */
export const SPEED_TEST_LONGEST = 10;

export interface SpeedTestSenderOptions {
  readonly endpoint: Endpoint;
  /** 16 bytes, of this test alone */
  readonly key: Uint8Array;
  /** 16 ASCII characters that each ping of the device begins with */
  readonly pingPayload: string;
  /** kbit/s of UDP payload, 1…SPEED_TEST_MOST_KBPS */
  readonly kbps: number;
  /** milliseconds */
  readonly duration: number;
}

export interface NativeSpeedTest {
  /** Resolves when nothing is sent any more. */
  readonly ended: Promise<SpeedTestSent>;
  /** @returns false when all steps are used */
  setRate(kbps: number): boolean;
  stop(): void;
}

/**
 * Why it ended: the time was over; it was told to; the device's pings ceased; its machine said that nobody listens
 * there; the cipher failed.
 */
type SpeedTestEnd = 'finished' | 'stopped' | 'silent' | 'refused' | 'failed';

export interface SpeedTestSent {
  readonly end: SpeedTestEnd;
  readonly method: 'gso' | 'sendmmsg' | 'send';
  /** one for each rate, in order; two changes at once leave one without packets */
  readonly steps: readonly SpeedTestSentStep[];
}

interface SpeedTestSentStep {
  readonly kbps: number;
  readonly firstSequence: number;
  /** sequence numbers used */
  readonly packets: number;
  /** of these, packets that the host's own kernel did not take */
  readonly unsent: number;
  /** milliseconds */
  readonly duration: number;
}

interface SpeedTestReceiverOptions {
  /** the host's, numeric */
  readonly address: string;
  /** its video port */
  readonly port: number;
  readonly key: Uint8Array;
  readonly pingPayload: string;
}

export interface NativeSpeedTestReceiver {
  /** a few hundredths of a second old at most */
  figures(): SpeedTestFigures;
  /** Ends the pings, and with them the test. May be called twice. */
  close(): Promise<SpeedTestFigures>;
}

export interface SpeedTestFigures {
  /** different ones */
  readonly packets: number;
  /** numbers below the highest that did not come */
  readonly lost: number;
  readonly duplicates: number;
  readonly reordered: number;
  /** so late that nothing is known of them any more */
  readonly ancient: number;
  /** datagrams that are not the host's */
  readonly foreign: number;
  /** lost in this machine: the socket's buffer was full */
  readonly overflowed: number;
  /** bytes that the kernel granted */
  readonly receiveBuffer: number;
  /** the kernel joins datagrams (UDP_GRO) */
  readonly coalescing: boolean;
  readonly steps: readonly SpeedTestStepFigures[];
  /** tenths of a second from the first packet on, the last one not over yet */
  readonly intervals: readonly { readonly packets: number; readonly lost: number }[];
  /** why nothing is received any more */
  readonly fault?: string;
}

/** What arrived of one rate; times in milliseconds. A step of which nothing arrived is all zeros. */
export interface SpeedTestStepFigures {
  readonly packets: number;
  readonly duplicates: number;
  readonly reordered: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** from the first packet that arrived to the last one */
  readonly duration: number;
  /** RFC 3550 §6.4.1 */
  readonly jitter: number;
  /** times on the way, by two clocks that differ: only differences mean something */
  readonly leastTransit: number;
  readonly mostTransit: number;
  /** smoothed, of the last packets */
  readonly transit: number;
}
