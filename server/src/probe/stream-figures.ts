import type { VideoFrame } from '../client/video/video-frame.ts';
import { Jitter } from './jitter.ts';
import { spreadOf } from './spread.ts';
import type { Spread } from './spread.ts';

/** The counters of a video receiver that a probe looks at. */
export interface ReceiverCounters {
  readonly bytes: number;
  readonly packets: number;
  readonly missingPackets: number;
  readonly outOfOrder: number;
  readonly duplicates: number;
  readonly recoveredShards: number;
  readonly lostFrames: number;
  readonly frames: number;
}

/** What a stream looked like at the client, between two moments. */
export interface StreamFigures {
  /** milliseconds */
  readonly duration: number;
  /** of all that came, headers, parity and seals included */
  readonly throughputKbps: number;
  /** packets sent, as the sequence numbers tell */
  readonly packets: number;
  readonly lostPackets: number;
  readonly reorderedPackets: number;
  readonly duplicatePackets: number;
  /** packets that were lost and came back out of parity */
  readonly recoveredPackets: number;
  readonly frames: number;
  /** frames that were lost for good */
  readonly lostFrames: number;
  readonly framesPerSecond: number;
  /** RFC 3550, of the first packets of frames; milliseconds */
  readonly jitter: number;
  /** from the picture to its first packet, inside the host; milliseconds */
  readonly hostLatency?: Spread;
  /** ENet's estimates on the control stream; milliseconds */
  readonly roundTrip?: Spread;
}

/** Collects what a stream shows while it runs. Time comes from outside. */
export class StreamMeter {
  readonly #begun: number;
  readonly #before: ReceiverCounters;
  readonly #jitter = new Jitter();
  readonly #hostLatencies: number[] = [];
  readonly #roundTrips: number[] = [];

  /** @param now milliseconds, as `figures` will be asked with */
  constructor(now: number, counters: ReceiverCounters) {
    this.#begun = now;
    // The receiver's own object may go on counting.
    this.#before = { ...counters };
  }

  frame(frame: Pick<VideoFrame, 'timestamp' | 'firstPacketAt' | 'hostLatency'>): void {
    this.#jitter.add(frame.timestamp / 90, frame.firstPacketAt);
    if (frame.hostLatency !== undefined) this.#hostLatencies.push(frame.hostLatency);
  }

  roundTrip(milliseconds: number): void {
    this.#roundTrips.push(milliseconds);
  }

  figures(now: number, counters: ReceiverCounters): StreamFigures {
    const since = (name: keyof ReceiverCounters): number =>
      Math.max(0, counters[name] - this.#before[name]);
    const duration = Math.max(1, now - this.#begun);
    const lostPackets = since('missingPackets');
    const hostLatency = spreadOf(this.#hostLatencies);
    const roundTrip = spreadOf(this.#roundTrips);
    return {
      duration,
      throughputKbps: (since('bytes') * 8) / duration,
      packets: since('packets') - since('duplicates') + lostPackets,
      lostPackets,
      reorderedPackets: since('outOfOrder'),
      duplicatePackets: since('duplicates'),
      recoveredPackets: since('recoveredShards'),
      frames: since('frames'),
      lostFrames: since('lostFrames'),
      framesPerSecond: (since('frames') * 1000) / duration,
      jitter: this.#jitter.value,
      ...(hostLatency && { hostLatency }),
      ...(roundTrip && { roundTrip }),
    };
  }
}
