import { Adaptation } from '../../../src/sessions/adaptation/adaptation.ts';
import type { AdaptedStream, Change } from '../../../src/sessions/adaptation/adaptation.ts';
import { blockData, blockParity } from '../../../src/sessions/adaptation/residual-loss.ts';
import { encoderBitrate } from '../../../src/sessions/viewer-request.ts';
import { config } from '../parts.ts';

/** A path between host and client: a bottleneck with a queue, a delay, and losses of its own. */
export interface Path {
  readonly linkKbps: number;
  /** milliseconds that a full queue holds */
  readonly queue: number;
  /** milliseconds there and back */
  readonly roundTrip: number;
  /** share of the packets, 0…1, and how many in a row */
  readonly loss?: number;
  readonly burst?: number;
  /** share of the packets that leave with segmentation offload and get lost, beside `loss` */
  readonly segmentedLoss?: number;
  /** nothing arrives in these milliseconds */
  readonly blackouts?: readonly (readonly [from: number, to: number])[];
}

export interface Run {
  readonly path: Path;
  /** by time, milliseconds: another path from then on */
  readonly later?: readonly (readonly [at: number, path: Path])[];
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
  /** milliseconds after the first of several streams */
  readonly begins?: number;
}

export interface Second {
  readonly targetKbps: number;
  readonly fecPercentage: number;
  readonly sent: number;
  readonly shown: number;
  readonly keyframes: number;
}

export interface Outcome {
  readonly seconds: readonly Second[];
  readonly changes: readonly (Change & { readonly at: number })[];
  /** frames that the client could show, of those sent in seconds from…to */
  shown(from: number, to?: number): number;
  keyframes(from: number, to?: number): number;
  /** the target in these seconds, kbit/s */
  target(
    from: number,
    to?: number,
  ): { readonly least: number; readonly most: number; readonly mean: number };
}

const PAYLOAD = 1376;
/** IP, UDP and RTP around a payload, and Ethernet's */
const OVERHEAD = 32 + 28 + 14;
const REPORTS_IN_100_MS = 8;

interface Packet {
  readonly frame: number;
  readonly block: number;
  readonly index: number;
  readonly data: number;
  readonly parity: number;
  readonly blocks: number;
  readonly type: 'idr' | 'clean' | 'predicted';
  readonly percentage: number;
}

type Message = (adaptation: Adaptation, now: number) => Change | undefined;

/** mulberry32 */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** What a stock client does with packets (protocol 4 §7), as far as the host hears of it. */
class Client {
  readonly #invalidation: boolean;
  readonly #reports: boolean;
  readonly #tell: (message: Message) => void;
  readonly #shown: (frame: number) => void;
  #frame = 0;
  #block = 0;
  #first: Packet | undefined;
  #got = 0;
  #gotData = 0;
  #highest = -1;
  #done = false;
  #waiting: 'first' | 'idr' | 'clean' | undefined = 'first';
  #keyframeDue = false;
  #dropped = 0;
  #lastShown = 0;
  #damagedFrom = 0;
  #reportTimes: number[] = [];
  #rejected = 0;

  constructor(options: {
    invalidation: boolean;
    reports: boolean;
    tell: (message: Message) => void;
    shown: (frame: number) => void;
  }) {
    this.#invalidation = options.invalidation;
    this.#reports = options.reports;
    this.#tell = options.tell;
    this.#shown = options.shown;
  }

  receive(packet: Packet, now: number): void {
    const { frame, block } = packet;
    if (frame < this.#frame || (frame === this.#frame && block < this.#block)) return;
    if (frame === this.#rejected) return;
    if (frame > this.#frame || block > this.#block) {
      if (frame > this.#frame) {
        const open = this.#first !== undefined && !(this.#done && this.#lastBlock());
        const firstLost = open ? this.#frame : this.#frame + 1;
        if (this.#first && !this.#done) this.#report(now);
        if (firstLost < frame && this.#frame > 0) this.#lost(firstLost, frame - 1);
        if (this.#frame === 0 && frame > 1) this.#lost(1, frame - 1);
        this.#begin(packet);
        if (block > 0) return this.#reject(frame);
      } else {
        const skipped = !this.#done || block > this.#block + 1;
        if (!this.#done) this.#report(now);
        this.#begin(packet);
        if (skipped) return this.#reject(frame);
      }
    }
    if (!this.#first) this.#begin(packet);
    if (this.#done) return;
    this.#got += 1;
    if (packet.index < packet.data) this.#gotData += 1;
    this.#highest = Math.max(this.#highest, packet.index);
    if (this.#got < packet.data) return;
    this.#done = true;
    if (this.#gotData < packet.data) this.#report(now);
    if (this.#lastBlock()) this.#complete(packet);
  }

  #lastBlock(): boolean {
    return this.#block === this.#first!.blocks - 1;
  }

  #begin(packet: Packet): void {
    this.#frame = packet.frame;
    this.#block = packet.block;
    this.#first = packet;
    this.#got = 0;
    this.#gotData = 0;
    this.#highest = -1;
    this.#done = false;
  }

  #reject(frame: number): void {
    this.#rejected = frame;
    this.#lost(frame, frame);
  }

  #report(now: number): void {
    if (!this.#reports) return;
    this.#reportTimes = this.#reportTimes.filter((time) => now - time < 100);
    if (this.#reportTimes.length >= REPORTS_IN_100_MS) return;
    this.#reportTimes.push(now);
    const { frame, block, data, parity, blocks, percentage } = this.#first!;
    const status = {
      frame,
      block,
      blocks,
      highestSequence: this.#highest,
      nextContiguousSequence: 0,
      missingBeforeHighest: this.#highest + 1 - this.#got,
      dataPackets: data,
      parityPackets: parity,
      dataReceived: this.#gotData,
      parityReceived: this.#got - this.#gotData,
      fecPercentage: percentage,
    };
    this.#tell((adaptation, at) => adaptation.fecStatus(status, at));
  }

  #lost(first: number, last: number): void {
    if (this.#invalidation && this.#waiting !== 'first' && this.#waiting !== 'idr') {
      if (this.#waiting !== 'clean') this.#damagedFrom = Math.min(first, this.#lastShown + 1);
      this.#waiting = 'clean';
      this.#invalidate(this.#damagedFrom, last);
      return;
    }
    this.#waiting ??= 'idr';
    this.#keyframeDue = true;
  }

  readonly asked = { keyframe: 0, invalidation: 0 };
  keyframe = (): void => {};
  invalidated = (): void => {};

  #invalidate(first: number, last: number): void {
    this.asked.invalidation += 1;
    this.#tell((adaptation, at) => {
      this.invalidated();
      return adaptation.invalidationRequested(first, last, at);
    });
  }

  #complete({ frame, type }: Packet): void {
    const clean = type === 'idr' || (this.#waiting === 'clean' && type === 'clean');
    if (this.#waiting && !clean) {
      this.#dropped += 1;
      if (this.#waiting === 'clean') this.#invalidate(this.#damagedFrom, frame);
      else if (this.#keyframeDue || this.#dropped >= 120) {
        this.#keyframeDue = false;
        this.#dropped = 0;
        this.asked.keyframe += 1;
        this.#tell((adaptation, at) => {
          this.keyframe();
          return adaptation.keyframeRequested(at);
        });
      }
      return;
    }
    this.#waiting = undefined;
    this.#keyframeDue = false;
    this.#dropped = 0;
    this.#lastShown = frame;
    this.#shown(frame);
  }
}

/** Streams for some seconds over a path, frame by frame, with the host's rules of sending and adapting. */
export function simulate(run: Run): Outcome {
  return simulateTogether([run])[0]!;
}

/** The same for streams that share a bottleneck. */
export function simulateTogether(runs: readonly Run[]): Outcome[] {
  const bottleneck = { busyUntil: 0 };
  const streams = runs.map((run) => ({
    frames: streamOver(bottleneck, run),
    next: run.begins ?? 0,
  }));
  const outcomes: (Outcome | undefined)[] = runs.map(() => undefined);
  while (outcomes.includes(undefined)) {
    const times = streams.map(({ next }) => next);
    const turn = times.indexOf(Math.min(...times));
    const { done, value } = streams[turn]!.frames.next();
    if (done) outcomes[turn] = value;
    streams[turn]!.next = done ? Infinity : value;
  }
  return outcomes as Outcome[];
}

/** Yields the time of its next frame. */
function* streamOver(bottleneck: { busyUntil: number }, run: Run): Generator<number, Outcome> {
  const begins = run.begins ?? 0;
  const fps = run.framesPerSecond ?? 60;
  const interval = 1000 / fps;
  const reports = run.reportsBlocks ?? true;
  const negotiated = config({ 'x-ml-video.configuredBitrateKbps': run.configuredKbps });
  const encoderKbps = (total: number): number =>
    encoderBitrate({ ...negotiated, video: { ...negotiated.video, bitrateKbps: total } }, 20);
  const stream: AdaptedStream = {
    bitrateKbps: run.configuredKbps,
    framesPerSecond: fps,
    payload: PAYLOAD,
    fecPercentage: 20,
    minFecPackets: 2,
    reportsBlocks: reports,
    encoderKbps,
  };
  const adaptation = new Adaptation(stream, run.adaptive !== false, 0);
  const chance = random(run.seed ?? 1);
  let path = run.path;
  let [bitrate, percentage] = [encoderKbps(run.configuredKbps), 20];
  let sendMethod = run.sendMethod ?? 'sendmmsg';
  const changes: (Change & { at: number })[] = [];
  const follow = (change: Change | undefined, at: number): void => {
    if (!change) return;
    changes.push({ ...change, at });
    bitrate = change.tuning.bitrateKbps ?? bitrate;
    percentage = change.tuning.fecPercentage ?? percentage;
    sendMethod = change.tuning.sendMethod ?? sendMethod;
  };

  const arrivals: { at: number; packet: Packet }[] = [];
  const messages: { at: number; message: Message }[] = [];
  const shownFrames = new Set<number>();
  let [arrived, heard] = [0, 0];
  let clientNow = 0;
  const client = new Client({
    invalidation: run.invalidation,
    reports,
    tell: (message) => messages.push({ at: clientNow + path.roundTrip / 2, message }),
    shown: (frame) => shownFrames.add(frame),
  });
  let idrWanted = true;
  let idrSentAt = -Infinity;
  let cleanWanted = false;
  let now = 0;
  client.keyframe = () => {
    // Merged while one is unsent or was sent less than a round trip ago.
    if (now - idrSentAt > path.roundTrip) idrWanted = true;
  };
  client.invalidated = () => (cleanWanted = true);

  let burstLeft = 0;
  let meanTrip = path.roundTrip;
  let counted = { frames: 0, packets: 0, bytes: 0, keyframes: 0 };
  const frames: { readonly second: number; readonly idr: boolean }[] = [];
  const seconds: { targetKbps: number; fecPercentage: number }[] = [];
  const later = [...(run.later ?? [])];

  const send = (packet: Packet, at: number): void => {
    counted.packets += 1;
    counted.bytes += PAYLOAD + 32;
    const start = Math.max(at, bottleneck.busyUntil - begins);
    const waiting = start - at;
    const took = ((PAYLOAD + OVERHEAD) * 8) / path.linkKbps;
    if (waiting > path.queue) return;
    const left = start + took;
    bottleneck.busyUntil = left + begins;
    const burst = path.burst ?? 1;
    const share = path.loss ?? 0;
    if (burstLeft === 0 && chance() < share / (burst * (1 - share) + share)) burstLeft = burst;
    if (burstLeft > 0) {
      burstLeft -= 1;
      return;
    }
    if (sendMethod === 'gso' && chance() < (path.segmentedLoss ?? 0)) return;
    if (path.blackouts?.some(([from, to]) => at >= from && at < to)) return;
    arrivals.push({ at: left + path.roundTrip / 2, packet });
  };

  for (let frame = 1; frame <= run.seconds * fps; frame += 1) {
    now = (frame - 1) * interval;
    yield now + begins;
    if (later.length > 0 && now >= later[0]![0]) path = later.shift()![1];
    while (arrived < arrivals.length && arrivals[arrived]!.at <= now) {
      const { at, packet } = arrivals[arrived]!;
      clientNow = at;
      client.receive(packet, at);
      arrived += 1;
    }
    while (heard < messages.length && messages[heard]!.at <= now) {
      const { at, message } = messages[heard]!;
      follow(message(adaptation, at), at);
      heard += 1;
    }
    // ENet's ping each half second, and what the control plane tells of it each second.
    if (frame % Math.round(fps / 2) === 0) {
      const trip = path.roundTrip + Math.max(0, bottleneck.busyUntil - begins - now) + chance() * 2;
      meanTrip += (trip - meanTrip) / 8;
    }
    const second = Math.floor((frame - 1) / fps);
    if (frame > 1 && (frame - 1) % fps === 0) {
      const { frames: count, packets, bytes, keyframes } = counted;
      counted = { frames: 0, packets: 0, bytes: 0, keyframes: 0 };
      follow(
        adaptation.statistics(
          { ...statistics(count, packets, bytes, keyframes, percentage), sendMethod },
          now,
        ),
        now,
      );
      follow(adaptation.roundTrip(meanTrip, now), now);
    }
    if ((frame - 1) % fps === 0) {
      const { targetKbps } = adaptation.state;
      seconds.push({ targetKbps, fecPercentage: percentage });
    }

    const idr = idrWanted;
    const type = idr ? 'idr' : cleanWanted ? 'clean' : 'predicted';
    idrWanted = false;
    cleanWanted = false;
    if (idr) idrSentAt = now;
    frames.push({ second, idr });
    counted.frames += 1;
    if (idr) counted.keyframes += 1;
    const bytes =
      ((bitrate * 1000) / 8 / fps) * (idr ? (run.keyframeSize ?? 2) : 0.7 + 0.6 * chance());
    const packets = Math.max(1, Math.ceil(bytes / PAYLOAD));
    const perBlock = blockData(packets, percentage);
    const blocks = Math.min(4, Math.ceil(packets / perBlock));
    const total = Array.from({ length: blocks }, (_, block) => {
      const data = block < blocks - 1 ? perBlock : packets - perBlock * (blocks - 1);
      return { data, parity: blockParity(data, percentage, 2) };
    });
    const count = total.reduce((sum, { data, parity }) => sum + data + parity, 0);
    const bursts = Math.min(4, Math.ceil(count / 16));
    let index = 0;
    for (const [block, { data, parity }] of total.entries()) {
      for (let shard = 0; shard < data + parity; shard += 1) {
        const turn = Math.floor((index * bursts) / count);
        index += 1;
        send(
          { frame, block, index: shard, data, parity, blocks, type, percentage },
          now + (turn * 0.75 * interval) / bursts,
        );
      }
    }
  }
  const upTo = (from: number, to = Infinity) =>
    frames
      .map((one, at) => ({ ...one, number: at + 1 }))
      .filter(({ second }) => second >= from && second < Math.min(to, run.seconds - 1));
  return {
    seconds: seconds.map((one, second) => {
      const sent = upTo(second, second + 1);
      return {
        ...one,
        sent: sent.length,
        shown: sent.filter(({ number }) => shownFrames.has(number)).length,
        keyframes: sent.filter(({ idr }) => idr).length,
      };
    }),
    changes,
    shown: (from, to) => {
      const sent = upTo(from, to);
      return sent.filter(({ number }) => shownFrames.has(number)).length / sent.length;
    },
    keyframes: (from, to) => upTo(from, to).filter(({ idr }) => idr).length,
    target: (from, to = Infinity) => {
      const targets = seconds.slice(from, to).map(({ targetKbps }) => targetKbps);
      return {
        least: Math.min(...targets),
        most: Math.max(...targets),
        mean: targets.reduce((sum, one) => sum + one, 0) / targets.length,
      };
    },
  };
}

/** A second's figures, as far as adaptation reads them. */
export function statistics(
  frames: number,
  videoPackets: number,
  videoBytes: number,
  keyframes: number,
  fecPercentage: number,
) {
  return {
    interval: 1000,
    framesNew: frames,
    framesRepeated: 0,
    framesDropped: 0,
    framesOverwritten: 0,
    keyframes,
    keyframesMerged: 0,
    invalidations: 0,
    encodedBytes: videoBytes,
    videoPackets,
    videoBytes,
    audioPackets: 0,
    audioBytes: 0,
    sendDrops: 0,
    sendErrors: 0,
    injectedDrops: 0,
    sendMethod: 'sendmmsg' as const,
    bitrateKbps: 0,
    fecPercentage,
    encodeViewers: 1,
    threads: { capture: 'normal', encode: 'normal', send: 'normal', audio: 'normal' } as const,
  };
}
