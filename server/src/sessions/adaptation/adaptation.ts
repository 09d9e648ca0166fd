import type { FrameFecStatus } from '../../gamestream/control/control-plane.ts';
import type { Tuning } from '../../native/media-addon.ts';
import type { SendMethod, StageStatistics } from '../../native/statistics.ts';
import { ClientFigures } from './client-report.ts';
import type { ClientReport } from './client-report.ts';
import { LossEstimate } from './loss-estimate.ts';
import type { LossView } from './loss-estimate.ts';
import { OffloadWatch } from './offload-watch.ts';
import { ParityControl } from './parity-control.ts';
import { RateControl, SLOW_SPAN, TROUBLE_SPAN } from './rate-control.ts';
import type { RateMove } from './rate-control.ts';
import type { BlockShape } from './residual-loss.ts';
import { RoundTripWatch } from './round-trip.ts';
import { MOST_FRAMES, Trouble } from './trouble.ts';

/** One stream, as it was negotiated. */
export interface AdaptedStream {
  /** what the client's user set for everything on the wire, kbit/s */
  readonly bitrateKbps: number;
  readonly framesPerSecond: number;
  /** bytes of a packet's payload */
  readonly payload: number;
  /** parity as the owner configured it, per cent */
  readonly fecPercentage: number;
  /** parity packets per block at least */
  readonly minFecPackets: number;
  /** false: it has none, whatever is lost; true when absent */
  readonly parity?: boolean;
  /** the client tells of damaged blocks; else of lost frames alone */
  readonly reportsBlocks: boolean;
  /** the encoder's share of a total at the configured parity, kbit/s */
  readonly encoderKbps: (totalKbps: number) => number;
  /** the owner chose how packets leave; that stays */
  readonly fixedSendMethod?: boolean;
}

/** What the owner, or a fix on their behalf, says of a running stream; it holds until it is taken back. */
export interface StreamBounds {
  /** for everything on the wire, at most, kbit/s */
  readonly bitrateKbps?: number | undefined;
  /** parity at least, per cent */
  readonly fecPercentage?: number | undefined;
}

/** What adaptation does at present. */
export interface AdaptationState {
  /** false: switched off for this device; the configured values are in force */
  readonly on: boolean;
  /** kbit/s for everything on the wire, now and at most: as the client's user set it, or a fix since */
  readonly targetKbps: number;
  readonly configuredKbps: number;
  readonly fecPercentage: number;
  /** of the last change, for the owner */
  readonly reason?: string;
}

/** A change of a stream, and why, in words for the owner. */
export interface Change {
  readonly tuning: Tuning;
  readonly reason: string;
}

/** bytes in front of a payload: RTP's and the video packet's (protocol 4 §2) */
const PACKET_HEADERS = 32;
/** Losses that are so many packets long on average lie in runs, as radios lose them, */
const RUNS = 4;
/** or that take so large a share of a frame: a run takes all that there is of a small one. */
const SHARE_OF_FRAME = 0.4;
/** Above this share of lost packets a link is far too narrow, whatever its queue says once the bitrate has sunk. */
const TOO_NARROW = 0.3;
/** milliseconds between two looks */
const LOOK_PAUSE = 50;
/** milliseconds, before it was measured */
const USUAL_ROUND_TRIP = 50;
/** seconds of which the busiest tells what the stream needs */
const SENT_SECONDS = 3;
/** Milliseconds for which a request for a keyframe is put down to damage that the client has told of. */
const DAMAGE_SPAN = 8_000;
/** The encoder is not told of less than this share of its rate. */
const LEAST_CHANGE = 0.01;

/**
 * Follows what one client reports and decides how its stream goes on. Pure: events and their times in, changes
 * out; the caller applies them. Times are milliseconds of any clock that never goes back.
 */
export class Adaptation {
  readonly #stream: AdaptedStream;
  readonly #loss: LossEstimate;
  readonly #roundTrip = new RoundTripWatch();
  readonly #offload = new OffloadWatch();
  readonly #trouble = new Trouble();
  readonly #figures: ClientFigures;
  #rate: RateControl;
  #parity: ParityControl;
  #on: boolean;
  #bounds: StreamBounds = {};
  #applied: Required<Pick<Tuning, 'bitrateKbps' | 'fecPercentage' | 'minFecPackets'>>;
  #reason: string | undefined;
  #sendMethod: SendMethod = 'none';
  /** kbit/s of the last seconds; the first one, in which the stream began, left out */
  #sentKbps: number[] = [];
  #lookedAt = -Infinity;
  #goodFrame = { number: -1, since: 0 };
  #framesBegan: number | undefined;
  /** when the client told of lost packets or frames last */
  #damagedAt = -Infinity;
  /** and since when it has gone on telling of them; Infinity: that says nothing any more */
  #damagedSince = Infinity;

  constructor(stream: AdaptedStream, on: boolean, now: number) {
    this.#stream = stream;
    this.#on = on;
    this.#rate = new RateControl(stream.bitrateKbps, now);
    const { fecPercentage, minFecPackets } = stream;
    this.#parity = new ParityControl(
      { percentage: fecPercentage, least: minFecPackets },
      now,
      stream.parity === false ? 0 : undefined,
    );
    this.#figures = new ClientFigures(stream.reportsBlocks);
    const encoder = stream.encoderKbps(stream.bitrateKbps);
    this.#applied = { bitrateKbps: encoder, fecPercentage, minFecPackets };
    this.#loss = new LossEstimate(
      stream.reportsBlocks,
      minFecPackets,
      {
        dataPerMs: encoder / 8 / stream.payload,
        framesPerMs: stream.framesPerSecond / 1000,
        fecPercentage,
      },
      now,
    );
  }

  get state(): AdaptationState {
    return {
      on: this.#on,
      targetKbps: this.#on ? this.#rate.target : this.#mostKbps,
      configuredKbps: this.#mostKbps,
      fecPercentage: this.#parityPercentage,
      ...(this.#reason !== undefined && { reason: this.#reason }),
    };
  }

  /** The last second as the client told of it; undefined before the first second is over. */
  get report(): ClientReport | undefined {
    return this.#figures.last;
  }

  /** Takes effect at once: switched off, the configured values come back. */
  switch(on: boolean, now: number): Change | undefined {
    if (on === this.#on) return undefined;
    this.#on = on;
    return this.#beginAnew(on ? 'switched on' : 'switched off', now);
  }

  /** In place of those before. What is found out from here on stays within them. */
  bound(bounds: StreamBounds, reason: string, now: number): Change | undefined {
    this.#bounds = bounds;
    return this.#beginAnew(reason, now);
  }

  #beginAnew(reason: string, now: number): Change | undefined {
    this.#rate = new RateControl(this.#mostKbps, now);
    this.#parity.restart(this.#leastParity, now);
    this.#restart(now);
    return this.#apply(reason);
  }

  get #mostKbps(): number {
    const { bitrateKbps } = this.#stream;
    return Math.min(bitrateKbps, this.#bounds.bitrateKbps ?? bitrateKbps);
  }

  /** Adaptation may want less than what was asked for. */
  get #parityPercentage(): number {
    if (!this.#on) return this.#leastParity;
    const asked = this.#stream.parity === false ? 0 : (this.#bounds.fecPercentage ?? 0);
    return Math.max(this.#parity.parity.percentage, asked);
  }

  /** A client that takes none is sent none, whoever asks for it. */
  get #leastParity(): number {
    const { fecPercentage, parity } = this.#stream;
    return parity === false ? 0 : Math.max(fecPercentage, this.#bounds.fecPercentage ?? 0);
  }

  /** The client sits behind another network now; what was known of the former one counts no more. */
  moved(now: number): Change | undefined {
    this.#roundTrip.forget();
    this.#rate.forget(now);
    this.#restart(now);
    const { percentage } = this.#parity.parity;
    this.#parity.restart(Math.max(percentage, this.#leastParity), now);
    return this.#on ? this.#apply('the device is on another network') : undefined;
  }

  fecStatus(status: FrameFecStatus, now: number): Change | undefined {
    const block = this.#loss.report(status, now);
    if (!block) return undefined;
    this.#damaged(now);
    const lostFrame = !block.recovered && this.#trouble.frame(block.frame, now);
    this.#figures.block(block, lostFrame);
    this.#parity.damaged(block, this.#loss.shape, now);
    return this.#look(now);
  }

  /** @param lost frames since the last such report */
  lossStats(lost: number, lastGoodFrame: number, now: number): Change | undefined {
    if (lastGoodFrame !== this.#goodFrame.number) {
      this.#goodFrame = { number: lastGoodFrame, since: now };
    }
    if (lost > 0) this.#framesLost(Math.min(lost, MOST_FRAMES), now);
    return this.#look(now);
  }

  keyframeRequested(now: number): Change | undefined {
    this.#figures.keyframe();
    // The first message of every session is one too, before any frame.
    if (this.#framesBegan === undefined) return undefined;
    this.#offload.keyframeRequested(now);
    // A client that would tell of damage and tells of none asks because of its decoder, or of somebody who
    // switched to it: a lower rate would not help, and the next request would lower it again.
    if (!this.#stream.reportsBlocks || now - this.#damagedAt <= DAMAGE_SPAN) {
      this.#trouble.at(now);
      this.#loss.framesLost(1, now);
    }
    return this.#look(now);
  }

  invalidationRequested(first: number, last: number, now: number): Change | undefined {
    const lost = this.#trouble.range(first, last, now);
    this.#figures.invalidation(lost);
    this.#loss.framesLost(lost, now);
    return this.#look(now);
  }

  roundTrip(milliseconds: number, now: number): Change | undefined {
    this.#roundTrip.measured(milliseconds, now);
    return this.#look(now);
  }

  /** A second of what was sent. */
  statistics(statistics: StageStatistics, now: number): Change | undefined {
    const { interval, framesNew, framesRepeated, videoPackets, videoBytes } = statistics;
    const frames = framesNew + framesRepeated;
    this.#sendMethod = statistics.sendMethod;
    if (interval > 0 && this.#framesBegan !== undefined) {
      this.#sentKbps = [...this.#sentKbps.slice(1 - SENT_SECONDS), (videoBytes * 8) / interval];
    }
    if (frames > 0) this.#framesBegan ??= now;
    this.#loss.sent({
      interval,
      frames,
      packets: videoPackets,
      fecPercentage: statistics.fecPercentage,
    });
    this.#figures.second(this.#loss.over(interval, now));
    return this.#look(now);
  }

  #framesLost(count: number, now: number): void {
    this.#damaged(now);
    this.#trouble.at(now);
    this.#figures.framesLost(count);
    this.#loss.framesLost(count, now);
  }

  #damaged(now: number): void {
    if (now - this.#damagedAt > DAMAGE_SPAN) this.#damagedSince = now;
    this.#damagedAt = now;
  }

  #restart(now: number): void {
    this.#damagedSince = now;
    this.#loss.forget(now);
    this.#trouble.forget();
    this.#offload.forget();
  }

  #look(now: number): Change | undefined {
    if (now - this.#lookedAt < LOOK_PAUSE) return undefined;
    this.#lookedAt = now;
    // Another way of sending costs nobody anything, so it does not ask for the device's switch.
    const offload = this.#leaveOffload(now);
    if (offload !== undefined) {
      this.#rate.sentOtherwise(now, this.#roundTrip.current ?? USUAL_ROUND_TRIP);
      this.#loss.restart(this.#rate.settledAt);
      this.#trouble.forget();
    }
    const adapted = this.#on && !this.#rate.isSettling(now) ? this.#adapt(now) : undefined;
    const reason = [adapted, offload].filter((part) => part !== undefined).join('; ');
    return reason === '' ? undefined : this.#apply(reason, offload !== undefined);
  }

  /** @returns why something is changed now */
  #adapt(now: number): string | undefined {
    const roundTrip = this.#roundTrip.current ?? USUAL_ROUND_TRIP;
    const now500 = this.#loss.over(500, now);
    const recent = this.#loss.over(1_500, now);
    const lately = this.#loss.over(8_000, now);
    // Frames lost until then were sent faster, or with less parity.
    const since = Math.max(this.#rate.settledAt, this.#parity.raisedAt + roundTrip + 200);
    const move = this.#rate.consider({
      now,
      now500,
      recent,
      lately,
      troubled: this.#trouble.since(Math.max(now - TROUBLE_SPAN, since)),
      slowlyTroubled: this.#trouble.since(Math.max(now - SLOW_SPAN, since)),
      roundTripRisen: this.#roundTrip.risen,
      late: this.#roundTrip.isLate(now),
      roundTrip,
      ...(this.#sentKbps.length > 0 && { sentKbps: Math.max(...this.#sentKbps) }),
    });
    const loss = `${(recent.loss * 100).toFixed(1)} % of packets lost`;
    const moved = move && this.#follow(move, loss, now);
    return moved ?? this.#followLoss(now500, lately, now);
  }

  #follow(move: RateMove, loss: string, now: number): string | undefined {
    switch (move.kind) {
      case 'cut':
        this.#loss.restart(this.#rate.settledAt);
        this.#trouble.forget();
        if (move.again) this.#parity.takeBack(now);
        return {
          queue: `packets queue up on the way, ${loss}`,
          frames: `frames are lost in spite of parity, ${loss}`,
          late: 'packets wait in a long queue on the way',
        }[move.why];
      case 'confirmed':
        this.#parity.takeBack(now);
        return 'a lower bitrate fits the network';
      case 'restored':
        return `a lower bitrate loses as much, ${loss}`;
      case 'climbed':
        return 'the network is calm';
      case 'tried':
        this.#loss.restart(this.#rate.settledAt);
        this.#trouble.forget();
        return `a higher bitrate is tried, ${loss}`;
      case 'kept':
        return `a higher bitrate loses no more, ${loss}`;
      case 'given-up':
        this.#loss.restart(this.#rate.settledAt);
        this.#trouble.forget();
        return `a higher bitrate loses more, ${loss}`;
    }
  }

  #followLoss(recent: LossView, lately: LossView, now: number): string | undefined {
    const sure = Math.max(recent.sure, lately.sure);
    const { burst, most } = lately;
    if (recent.loss > TOO_NARROW) this.#damagedSince = Infinity;
    // A queue that overflows shows in the round trip: where that stays level beside losses, they are the network's own.
    const level = this.#roundTrip.levelSince(this.#damagedSince);
    // Parity against a full queue would be lost in it too.
    const full = this.#roundTrip.risen || (now < this.#rate.drainedAt && !level);
    const inRuns = burst >= Math.min(RUNS, this.#loss.shape.framePackets * SHARE_OF_FRAME);
    const knownRuns = this.#parity.parity.least > this.#stream.minFecPackets;
    const ownRuns = knownRuns || (inRuns && level) || this.#rate.losesByItself(now);
    const runs = { burst, ...(ownRuns && { most }) };
    if (!full && this.#parity.raise(sure, runs, this.#affordableShape(), now)) {
      return `${(sure * 100).toFixed(1)} % of packets lost`;
    }
    return this.#parity.sink(now) ? 'less is lost than before' : undefined;
  }

  /** Frames of a quiet picture are small: then what they leave of the bitrate is there for parity. */
  #affordableShape(): BlockShape {
    const { framesPerSecond, payload } = this.#stream;
    const shape = this.#loss.shape;
    const room = (this.#rate.target * 1000) / 8 / framesPerSecond / (payload + PACKET_HEADERS);
    return { ...shape, framePackets: Math.max(shape.framePackets, room) };
  }

  #leaveOffload(now: number): string | undefined {
    if (this.#stream.fixedSendMethod === true) return undefined;
    const began = this.#framesBegan;
    const { number, since } = this.#goodFrame;
    return this.#offload.consider({
      now,
      method: this.#sendMethod,
      nothing: number >= 0 && began !== undefined && now - Math.max(since, began) >= 2_000,
      loss: this.#loss.overall(1_500, now).sure,
    });
  }

  /**
   * What the encoder gets, so that video and parity together stay within the target: parity grows at the
   * encoder's cost. At low rates whole packets count, of which a block has its minimum of parity and, on
   * average, one that is half empty.
   */
  #encoderKbps(): number {
    const stream = this.#stream;
    const { fecPercentage: configured, framesPerSecond, payload } = stream;
    const total = this.#rate.target;
    const { least } = this.#parity.parity;
    const percentage = this.#parityPercentage;
    const atConfigured = stream.encoderKbps(total);
    // What less parity saves is left to the link: viewers whose links differ a little still share one encode.
    const asConfigured = percentage <= configured && least <= stream.minFecPackets;
    if (total === stream.bitrateKbps && asConfigured) return atConfigured;
    const share = (atConfigured * (100 + configured)) / (100 + Math.max(percentage, configured));
    const packets = (total * 1000) / 8 / framesPerSecond / (payload + PACKET_HEADERS) - 0.5;
    const data = Math.min(packets / (1 + percentage / 100), packets - least);
    const fitting = (Math.max(data, 0.5) * payload * 8 * framesPerSecond) / 1000;
    return Math.max(1, Math.floor(Math.min(share, fitting)));
  }

  #apply(reason: string, leaveOffload = false): Change | undefined {
    const before = this.#applied;
    const bitrateKbps = this.#encoderKbps();
    const { fecPercentage } = this.state;
    const minFecPackets = this.#on ? this.#parity.parity.least : this.#stream.minFecPackets;
    const changed =
      Math.abs(bitrateKbps - before.bitrateKbps) >= before.bitrateKbps * LEAST_CHANGE ||
      fecPercentage !== before.fecPercentage ||
      minFecPackets !== before.minFecPackets;
    if (!changed && !leaveOffload) return undefined;
    this.#reason = reason;
    this.#loss.scaled(bitrateKbps / before.bitrateKbps, fecPercentage, minFecPackets);
    this.#applied = { bitrateKbps, fecPercentage, minFecPackets };
    return {
      tuning: {
        ...(bitrateKbps !== before.bitrateKbps && { bitrateKbps }),
        ...(fecPercentage !== before.fecPercentage && { fecPercentage }),
        ...(minFecPackets !== before.minFecPackets && { minFecPackets }),
        ...(leaveOffload && { sendMethod: 'sendmmsg' as const }),
      },
      reason,
    };
  }
}
