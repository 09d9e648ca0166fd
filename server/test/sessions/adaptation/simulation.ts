import { RoundTrip } from '../../../src/gamestream/enet/round-trip.ts';
import { Adaptation } from '../../../src/sessions/adaptation/adaptation.ts';
import type { Change } from '../../../src/sessions/adaptation/adaptation.ts';
import { encoderBitrate } from '../../../src/sessions/viewer-request.ts';
import { mulberry32 } from '../../mulberry32.ts';
import { config } from '../cast.ts';
import { framePackets, HEADERS, LEAST_PARITY, PAYLOAD } from './frame-packets.ts';
import type { FrameType, Packet } from './frame-packets.ts';
import { InFlight, NetworkPath } from './network-path.ts';
import type { Bottleneck, LaterPaths, Path } from './network-path.ts';
import { outcomeOf } from './outcome.ts';
import type { Course, Outcome } from './outcome.ts';
import { statistics } from './statistics.ts';
import { StockClient } from './stock-client.ts';
import type { Message } from './stock-client.ts';

/** per cent, as it is configured */
const PARITY = 20;

export interface Run {
  readonly path: Path;
  readonly later?: LaterPaths;
  readonly configuredKbps: number;
  readonly seconds: number;
  readonly invalidation: boolean;
  readonly adaptive?: boolean;
  /** how packets leave at first; `sendmmsg` unless told */
  readonly sendMethod?: 'gso' | 'sendmmsg';
  readonly reportsBlocks?: boolean;
  readonly seed?: number;
  readonly framesPerSecond?: number;
  /** an IDR beside a usual frame */
  readonly keyframeSize?: number;
  /** share of its bitrate that a quiet picture uses; all unless told */
  readonly used?: number;
  /** milliseconds after the first of several streams */
  readonly begins?: number;
}

/** Streams for some seconds over a path, frame by frame, with the host's rules of sending and adapting. */
export function simulate(run: Run): Outcome {
  return simulateTogether([run])[0]!;
}

/** The same for streams that share a bottleneck. */
export function simulateTogether(runs: readonly Run[]): Outcome[] {
  const bottleneck = { busyUntil: 0 };
  const streams = runs.map((run) => new SimulatedStream(bottleneck, run));
  for (;;) {
    const times = streams.map(({ next }) => next);
    const soonest = Math.min(...times);
    if (soonest === Infinity) return streams.map(({ course }) => outcomeOf(course));
    streams[times.indexOf(soonest)]!.step();
  }
}

/** Host and client of one stream, and what is on its way between them. */
class SimulatedStream {
  readonly course: Course = { frames: [], shownFrames: new Set(), seconds: [], changes: [] };
  readonly #run: Run;
  readonly #begins: number;
  readonly #framesPerSecond: number;
  readonly #interval: number;
  readonly #chance: () => number;
  readonly #path: NetworkPath;
  readonly #adaptation: Adaptation;
  readonly #client: StockClient;
  readonly #packets = new InFlight<Packet>();
  readonly #messages = new InFlight<Message>();
  #bitrate: number;
  #percentage = PARITY;
  #leastParity = LEAST_PARITY;
  #sendMethod: 'gso' | 'sendmmsg';
  #now = 0;
  /** ENet's ping on its way: one at a time */
  #ping: { readonly trip: number; readonly at: number } | undefined;
  readonly #roundTrip = new RoundTrip();
  #idrWanted = true;
  #idrSentAt = -Infinity;
  #cleanWanted = false;
  /** since the second began */
  #counted = { frames: 0, packets: 0, keyframes: 0 };

  constructor(bottleneck: Bottleneck, run: Run) {
    this.#run = run;
    this.#begins = run.begins ?? 0;
    this.#framesPerSecond = run.framesPerSecond ?? 60;
    this.#interval = 1000 / this.#framesPerSecond;
    this.#sendMethod = run.sendMethod ?? 'sendmmsg';
    this.#chance = mulberry32(run.seed ?? 1);
    this.#path = new NetworkPath(bottleneck, run.path, run.later ?? [], this.#begins, this.#chance);
    // The control stream connects before anything is streamed.
    this.#roundTrip.sample(run.path.roundTrip, -1000);
    const reportsBlocks = run.reportsBlocks ?? true;
    const { video, ...rest } = config({ 'x-ml-video.configuredBitrateKbps': run.configuredKbps });
    const encoderKbps = (total: number): number =>
      encoderBitrate({ ...rest, video: { ...video, bitrateKbps: total } }, PARITY);
    this.#bitrate = encoderKbps(run.configuredKbps);
    this.#adaptation = new Adaptation(
      {
        bitrateKbps: run.configuredKbps,
        framesPerSecond: this.#framesPerSecond,
        payload: PAYLOAD,
        fecPercentage: PARITY,
        minFecPackets: LEAST_PARITY,
        reportsBlocks,
        encoderKbps,
      },
      run.adaptive !== false,
      0,
    );
    this.#client = new StockClient({
      invalidation: run.invalidation,
      reports: reportsBlocks,
      tell: (message, now) => this.#messages.send(message, now + this.#path.roundTrip / 2),
      shown: (frame) => this.course.shownFrames.add(frame),
    });
  }

  /** the time of its next frame, in the bottleneck's time; Infinity when it is over */
  get next(): number {
    const { frames } = this.course;
    if (frames.length >= this.#run.seconds * this.#framesPerSecond) return Infinity;
    return frames.length * this.#interval + this.#begins;
  }

  /** Sends the next frame, after everything that has happened until then. */
  step(): void {
    const sent = this.course.frames.length;
    const now = sent * this.#interval;
    this.#now = now;
    this.#path.moveOn(now);
    for (const { at, what } of this.#packets.arrivedBy(now)) this.#client.receive(what, at);
    for (const { at, what } of this.#messages.arrivedBy(now))
      this.#follow(this.#hear(what, at), at);
    // ENet's ping each half second, and what the control plane tells of it each second.
    if (this.#ping && this.#ping.at <= now) {
      this.#roundTrip.sample(this.#ping.trip, now);
      this.#ping = undefined;
    }
    if ((sent + 1) % Math.round(this.#framesPerSecond / 2) === 0 && !this.#ping) {
      const trip = this.#path.roundTripAt(now);
      this.#ping = { trip, at: now + trip };
    }
    if (sent % this.#framesPerSecond === 0) this.#beginSecond(sent > 0);
    this.#sendFrame(sent + 1);
  }

  #hear(message: Message, at: number): Change | undefined {
    switch (message.kind) {
      case 'fec-status':
        return this.#adaptation.fecStatus(message.status, at);
      case 'keyframe':
        // Merged while one is unsent or was sent less than a round trip ago.
        if (this.#now - this.#idrSentAt > this.#path.roundTrip) this.#idrWanted = true;
        return this.#adaptation.keyframeRequested(at);
      case 'invalidation':
        this.#cleanWanted = true;
        return this.#adaptation.invalidationRequested(message.first, message.last, at);
    }
  }

  #follow(change: Change | undefined, at: number): void {
    if (!change) return;
    this.course.changes.push({ ...change, at });
    const { bitrateKbps, fecPercentage, minFecPackets, sendMethod } = change.tuning;
    this.#bitrate = bitrateKbps ?? this.#bitrate;
    this.#percentage = fecPercentage ?? this.#percentage;
    this.#leastParity = minFecPackets ?? this.#leastParity;
    this.#sendMethod = sendMethod ?? this.#sendMethod;
  }

  #beginSecond(another: boolean): void {
    const now = this.#now;
    if (another) {
      const { frames, packets, keyframes } = this.#counted;
      this.#counted = { frames: 0, packets: 0, keyframes: 0 };
      const bytes = packets * (PAYLOAD + HEADERS);
      const second = statistics(frames, packets, bytes, keyframes, this.#percentage);
      this.#follow(
        this.#adaptation.statistics({ ...second, sendMethod: this.#sendMethod }, now),
        now,
      );
      this.#follow(this.#adaptation.roundTrip(this.#roundTrip.steady, now), now);
    }
    const { targetKbps } = this.#adaptation.state;
    this.course.seconds.push({ targetKbps, fecPercentage: this.#percentage });
  }

  #sendFrame(frame: number): void {
    const idr = this.#idrWanted;
    const type: FrameType = idr ? 'idr' : this.#cleanWanted ? 'clean' : 'predicted';
    this.#idrWanted = false;
    this.#cleanWanted = false;
    if (idr) this.#idrSentAt = this.#now;
    this.course.frames.push({ second: this.course.seconds.length - 1, idr });
    this.#counted.frames += 1;
    if (idr) this.#counted.keyframes += 1;
    const most = (this.#run.configuredKbps * (this.#run.used ?? Infinity) * 1000) / 8;
    const usual = Math.min((this.#bitrate * 1000) / 8, most) / this.#framesPerSecond;
    const bytes = usual * (idr ? (this.#run.keyframeSize ?? 2) : 0.7 + 0.6 * this.#chance());
    const packets = framePackets(
      frame,
      type,
      bytes,
      this.#percentage,
      this.#interval,
      this.#leastParity,
    );
    for (const { packet, delay } of packets) {
      this.#counted.packets += 1;
      const at = this.#path.send(this.#now + delay, this.#sendMethod);
      if (at !== undefined) this.#packets.send(packet, at);
    }
  }
}
