import type { RateSigns } from './rate-signs.ts';
import { UpwardTrial } from './upward-trial.ts';

/** One step down. */
const STEP = 0.85;
/** Where much is lost, several steps are taken at once, but no more. */
const MOST_STEPS = 3;
/** The bitrate goes no lower than this share of what the client's user set, */
const FLOOR_SHARE = 0.02;
/** nor than this, kbit/s. */
const FLOOR_KBPS = 500;
/** Share of itself by which it climbs each second, and at most this share of the set bitrate. */
const CLIMB = 0.06;
const MOST_CLIMB = 0.015;
/** Beyond what was too much before it climbs more carefully. */
const KNEE_CLIMB = 0.01;
/** It begins so many milliseconds after the last cut or trouble. */
const CALM = 5_000;
/** A rate of which less than this share is used proves nothing; a game may run at half the stream's rate. */
const USED = 0.3;
/** After so many calm milliseconds it climbs all the same. */
const UNUSED_STAY = 30_000;
/** Share of a rate that was too much that is safe to stay at, and for how long at first and at most. */
const SAFE = 0.92;
const FIRST_STAY = 20_000;
const LONGEST_STAY = 160_000;
/** Frames are lost in so many of the last tenths of a second: more than an accident. */
const TROUBLED_TENTHS = 3;
export const TROUBLE_SPAN = 1_500;
/** So many in ten seconds are worth a look too. */
const SLOW_TROUBLE = 5;
export const SLOW_SPAN = 10_000;
/** Beside a risen round trip this share of lost packets is a queue that overflows. */
const QUEUE_LOSS = 0.003;
/** Losses that a lower bitrate did not lessen are the network's own, for so long at first and at most. */
const OWN_LOSS = 30_000;
const LONGEST_OWN_LOSS = 300_000;
/** milliseconds after a cut in which a queue may still overflow */
const DRAIN = 1_500;
/** A trial for less says nothing. */
const LEAST_LOSS_TO_JUDGE = 0.005;
/** Above this the share of lost packets itself is compared; below, the few losses are weighed as chance. */
const HEAVY_LOSS = 0.3;
/** On a link that was found full before, or whose round trip has risen, so many cuts must fail to help until its loss counts as its own. */
const DOUBTS = 3;
/** and twice as many, on any link, above this: hardly a network loses so much by itself. */
const UNUSUAL_LOSS = 0.15;
/** A trial is over when one answer is e³ times as likely as the other, */
const SURE = 3;
/** or after so long, milliseconds. */
const LONGEST_TRIAL = 2_500;
/** milliseconds after which another way of sending has shown what it loses, and the share that is as good as none */
const RESENT_SPAN = 500;
const RESENT_LOSS = 0.01;

export type RateMove =
  /** `again`: the cut before has just shown that the link was full */
  | { readonly kind: 'cut'; readonly why: 'queue' | 'frames' | 'late'; readonly again: boolean }
  /** A lower rate did not help: the loss is not ours. */
  | { readonly kind: 'restored' }
  | { readonly kind: 'confirmed' }
  | { readonly kind: 'climbed' }
  /** A higher rate is tried, though frames are lost; it is then kept, or given up. */
  | { readonly kind: 'tried' }
  | { readonly kind: 'kept' }
  | { readonly kind: 'given-up' };

interface Trial {
  readonly from: number;
  readonly to: number;
  /** share of the packets that were lost before, and in a row */
  readonly loss: number;
  readonly burst: number;
  readonly judgedAt: number;
}

/**
 * How fast a stream may be. Loss alone does not lower it, because parity repairs that. When frames are lost in
 * spite of parity, or packets queue up, it is lowered by 15 % as a trial: on a full link the loss then falls as
 * arithmetic says, and further cuts follow while it lasts; on a link that loses by itself it stays the same, and
 * the bitrate comes back at once. Where frames go on being lost and no cut is possible, or none has been made for a
 * while, more is tried: a link that loses by itself loses no more then.
 */
export class RateControl {
  readonly #configured: number;
  readonly #floor: number;
  #target: number;
  #settledAt = -Infinity;
  #cutAt = -Infinity;
  #troubleAt = -Infinity;
  #climbedAt: number;
  #trial: Trial | undefined;
  /** cuts in a row that did not help, and where they began */
  #doubts: { readonly from: number; count: number } | undefined;
  /** the least rate that was too much, and until when it is believed */
  #knee: { rate: number; stay: number; until: number } | undefined;
  #ownLoss: { loss: number; span: number; until: number } | undefined;
  readonly #upward = new UpwardTrial();
  /** since when packets leave in another way, until that was looked at */
  #resentAt: number | undefined;

  /** @param configured kbit/s for everything on the wire */
  constructor(configured: number, now: number) {
    this.#configured = configured;
    this.#floor = Math.min(configured, Math.max(Math.round(configured * FLOOR_SHARE), FLOOR_KBPS));
    this.#target = configured;
    this.#climbedAt = now;
  }

  /** kbit/s for everything on the wire */
  get target(): number {
    return this.#target;
  }

  /** A lower rate was tried and lost as much, a moment ago: no queue of ours overflows. */
  losesByItself(now: number): boolean {
    return this.#ownLoss !== undefined && now < this.#ownLoss.until;
  }

  /** from when on reports tell of the present rate */
  get settledAt(): number {
    return this.#settledAt;
  }

  /** from when on losses are no longer those of a queue that the last cut has yet to drain */
  get drainedAt(): number {
    return this.#cutAt + DRAIN;
  }

  /** The last change has not shown its effect yet. */
  isSettling(now: number): boolean {
    return now < this.#settledAt;
  }

  consider(signs: RateSigns): RateMove | undefined {
    const { now } = signs;
    if (this.isSettling(now)) return undefined;
    if (this.#upward.running) return this.#judgeUpward(signs);
    const former = this.#tryFormer(signs);
    if (former) return former;
    const verdict = this.#judge(signs);
    const why = this.#congestion(signs);
    if (verdict?.kind === 'restored') return verdict;
    if (this.#trial && why !== 'late') return verdict;
    if (why !== undefined) {
      this.#troubleAt = now;
      if (this.#cut(signs)) return { kind: 'cut', why, again: verdict !== undefined };
      return verdict ?? this.#tryUpward(signs);
    }
    return verdict ?? this.#climb(signs) ?? this.#tryUpward(signs);
  }

  /** Another path: what the former one could take says nothing. */
  forget(now: number): void {
    this.#trial = undefined;
    this.#knee = undefined;
    this.#doubts = undefined;
    this.#ownLoss = undefined;
    this.#upward.forget();
    this.#climbedAt = now;
    this.#settledAt = now;
  }

  /** Packets leave in another way from now on: what was lost before says nothing. */
  sentOtherwise(now: number, roundTrip: number): void {
    this.forget(now);
    this.#settledAt = now + roundTrip + 150;
    this.#resentAt = this.#settledAt;
  }

  #congestion(signs: RateSigns): 'queue' | 'frames' | 'late' | undefined {
    const { recent, troubled, now } = signs;
    if (signs.late) return 'late';
    const own = this.#ownLoss;
    if (own && now < own.until && recent.loss <= Math.min(own.loss * 2 + 0.02, own.loss + 0.1)) {
      return undefined;
    }
    if (signs.roundTripRisen && (recent.loss >= QUEUE_LOSS || troubled > 0)) return 'queue';
    return isTroubled(signs) ? 'frames' : undefined;
  }

  #cut({ now, now500, recent, lately, roundTrip, sentKbps, late }: RateSigns): boolean {
    if (this.#target <= this.#floor) return false;
    const heavy = now500.loss > HEAVY_LOSS;
    const loss = heavy ? now500.loss : recent.loss;
    const lost = Math.min(loss, 0.99);
    const steps = Math.floor(Math.log(1 - lost) / Math.log(STEP));
    const factor = STEP ** Math.min(Math.max(steps, 1), MOST_STEPS);
    // A quiet picture does not fill its rate: the cut starts at what is sent, but is no plunge.
    const base = Math.max(
      Math.min(this.#target, sentKbps === undefined ? Infinity : sentKbps * 1.15),
      this.#target / 2,
    );
    const from = this.#target;
    this.#target = Math.max(this.#floor, Math.floor(base * factor));
    this.#cutAt = now;
    this.#climbedAt = now;
    // The mean round trip that ENet gives follows slowly: a cut for its sake is given more time.
    this.#settledAt = now + (late ? 2_000 : roundTrip + 150);
    this.#trial = {
      from,
      to: this.#target,
      loss,
      burst: lately.burst,
      judgedAt: this.#settledAt + Math.max(400, 2 * roundTrip),
    };
    return true;
  }

  #learnKnee(rate: number, now: number): void {
    const before = this.#knee;
    // Found again after a climb: it is believed for longer.
    const again = before !== undefined && now >= before.until && rate >= before.rate * 0.8;
    const stay = again ? Math.min(before.stay * 2, LONGEST_STAY) : (before?.stay ?? FIRST_STAY);
    this.#knee = {
      rate: Math.min(rate, before && !again ? before.rate : rate),
      stay,
      until: now + stay,
    };
  }

  #judge(signs: RateSigns): RateMove | undefined {
    const trial = this.#trial;
    const { now } = signs;
    if (!trial || now < trial.judgedAt) return undefined;
    const helped = this.#hasHelped(trial, signs);
    if (helped === undefined) return undefined;
    this.#trial = undefined;
    if (helped) {
      this.#doubts = undefined;
      this.#learnKnee(trial.from, now);
      return { kind: 'confirmed' };
    }
    // Keyframes that are asked for again and again overflow a short queue at any rate near the link's.
    this.#doubts ??= { from: trial.from, count: 0 };
    this.#doubts.count += 1;
    // A queue that is there yet has to drain first.
    const suspect = this.#knee !== undefined || signs.roundTripRisen;
    const unusual = Math.max(trial.loss, signs.recent.loss) > UNUSUAL_LOSS;
    const doubts = unusual ? 2 * DOUBTS : suspect ? DOUBTS : 1;
    if (this.#doubts.count < doubts) return undefined;
    this.#target = this.#doubts.from;
    this.#doubts = undefined;
    this.#knee = undefined;
    const span = this.#ownLoss ? Math.min(this.#ownLoss.span * 2, LONGEST_OWN_LOSS) : OWN_LOSS;
    this.#cutAt = -Infinity;
    this.#ownLoss = { loss: signs.recent.loss, span, until: now + span };
    this.#settledAt = now;
    return { kind: 'restored' };
  }

  /** Undefined: too early to say. */
  #hasHelped(trial: Trial, signs: RateSigns): boolean | undefined {
    if (trial.loss < LEAST_LOSS_TO_JUDGE) return true;
    const onFullLink = Math.max(0, 1 - ((1 - trial.loss) * trial.from) / trial.to);
    const { now500, recent } = signs;
    if (trial.loss > HEAVY_LOSS) return now500.loss < (trial.loss + onFullLink) / 2;
    // Runs of losses come like rare events: as often as before, or as a full link would have it.
    const before = trial.loss / trial.burst;
    const full = Math.max(onFullLink / trial.burst, before / 10);
    const runs = (recent.loss * recent.packets) / trial.burst;
    const likelier = runs * Math.log(full / before) + recent.packets * (before - full);
    if (Math.abs(likelier) < SURE && signs.now < trial.judgedAt + LONGEST_TRIAL) return undefined;
    return likelier > 0;
  }

  #climb({ now, sentKbps, troubled, recent }: RateSigns): RateMove | undefined {
    if (troubled > 0) this.#troubleAt = now;
    const elapsed = now - this.#climbedAt;
    if (elapsed < 1_000) return undefined;
    this.#climbedAt = now;
    const calm = now - Math.max(this.#cutAt, this.#troubleAt);
    if (this.#target >= this.#configured || calm < CALM) return undefined;
    if (recent.loss > 0.1 && !this.#ownLoss) return undefined;
    if (sentKbps !== undefined && sentKbps < this.#target * USED && calm < UNUSED_STAY) {
      return undefined;
    }
    const knee = this.#knee;
    const top = this.#top(now);
    if (this.#target >= top) return undefined;
    const steep = knee && this.#target >= knee.rate * SAFE ? KNEE_CLIMB : CLIMB;
    const share = Math.min(this.#target * steep, this.#configured * MOST_CLIMB);
    const step = (share * Math.min(elapsed, 2_000)) / 1_000;
    this.#target = Math.min(top, Math.ceil(this.#target + step));
    if (knee && this.#target > knee.rate * 1.1) this.#knee = undefined;
    return { kind: 'climbed' };
  }

  /** Frames go on being lost, but no cut is possible, or none helps: calm will never come. */
  #tryUpward(signs: RateSigns): RateMove | undefined {
    const top = this.#top(signs.now);
    const due = this.#upward.isDue(this.#cutAt, this.#knee !== undefined, signs);
    const own = this.#ownLoss !== undefined && signs.now < this.#ownLoss.until;
    const stuck = own || isTroubled(signs) || this.#target <= this.#floor;
    const calm = signs.now - this.#troubleAt >= CALM;
    if (this.#target >= top || calm || !stuck || !due) return undefined;
    return this.#beginUpward(this.#upward.step(this.#target, top), signs);
  }

  #beginUpward(to: number, signs: RateSigns): RateMove {
    this.#settledAt = signs.now + signs.roundTrip + 150;
    this.#upward.begin(this.#target, to, signs, this.#settledAt);
    this.#target = to;
    return { kind: 'tried' };
  }

  /** Nothing is lost since packets leave in another way: then the former way's losses lowered the rate. */
  #tryFormer(signs: RateSigns): RateMove | undefined {
    const { now, recent, troubled, roundTripRisen } = signs;
    if (this.#resentAt === undefined || now < this.#resentAt + RESENT_SPAN) return undefined;
    this.#resentAt = undefined;
    if (recent.loss > RESENT_LOSS || troubled > 0 || roundTripRisen) return undefined;
    return this.#target < this.#configured ? this.#beginUpward(this.#configured, signs) : undefined;
  }

  #judgeUpward(signs: RateSigns): RateMove | undefined {
    const verdict = this.#upward.verdict(signs);
    if (verdict === undefined) return undefined;
    const { now, recent } = signs;
    this.#climbedAt = now;
    if (verdict === true) {
      this.#doubts = undefined;
      this.#knee = undefined;
      this.#ownLoss = { loss: recent.loss, span: OWN_LOSS, until: now + OWN_LOSS };
      return { kind: 'kept' };
    }
    this.#target = verdict;
    this.#settledAt = now + signs.roundTrip + 150;
    return { kind: 'given-up' };
  }

  /** What may be reached without going beyond what was too much. */
  #top(now: number): number {
    const knee = this.#knee;
    if (!knee || now >= knee.until) return this.#configured;
    return Math.min(Math.floor(knee.rate * SAFE), this.#configured);
  }
}

/** More than an accident. */
function isTroubled({ troubled, slowlyTroubled }: RateSigns): boolean {
  return troubled >= TROUBLED_TENTHS || slowlyTroubled >= SLOW_TROUBLE;
}
