import type { Percentiles, StageStatistics } from '../../src/native/statistics.ts';
import type { MeasuredSecond } from '../../src/sessions/stream-events.ts';
import { mulberry32 } from '../mulberry32.ts';
import { nothingMeasured } from '../native/nothing-measured.ts';

/** A stream with faults in any of its stages; times are milliseconds. */
export interface SimulatedStream {
  readonly seed: number;
  readonly seconds: number;
  /** the client's rate */
  readonly asked: number;
  /** pictures that are drawn a second; 0: a still screen */
  readonly drawn: number;
  /** how unevenly, as a share of the period */
  readonly uneven: number;
  /** of the screen that a picture changes, per cent */
  readonly area: number;
  readonly capture: number;
  readonly convert: number;
  readonly encode: number;
  /** from a frame's first packet to its last */
  readonly spread: number;
  /** per cent of the packets that find no room in the socket */
  readonly noRoom: number;
  /** per cent of the packets that are lost on the way, and of the damaged blocks that parity saves */
  readonly lost: number;
  readonly saved: number;
  readonly roundTrip: number;
  /** kbit/s that the link carries; the stream wants 20,000 */
  readonly link: number;
  /** frames a second that the client decodes */
  readonly decodes: number;
  /** the client tells of damaged blocks */
  readonly reportsBlocks: boolean;
  readonly continuous: boolean;
}

export const HEALTHY: SimulatedStream = {
  ...{ seed: 1, seconds: 20, asked: 60, drawn: 60, uneven: 0.05, area: 100 },
  ...{ capture: 1.2, convert: 1.5, encode: 5, spread: 6 },
  ...{ noRoom: 0, lost: 0, saved: 1, roundTrip: 2.5, link: 1_000_000, decodes: 240 },
  ...{ reportsBlocks: true, continuous: false },
};

const PACKETS_A_FRAME = 36;
const WANTED_KBPS = 20_000;

interface Frame {
  readonly leaves: number;
  readonly parts: Readonly<Record<(typeof STAGES)[number], number>>;
}
const STAGES = ['captureWait', 'capture', 'convert', 'encodeWait', 'encode', 'sendWait'] as const;

/** What the host would have measured of such a stream, second by second. */
export function simulate(stream: SimulatedStream): MeasuredSecond[] {
  const random = mulberry32(stream.seed);
  const { frames, dropped } = throughTheHost(stream, random);
  const sentIn = Map.groupBy(frames, ({ leaves }) => Math.floor(leaves / 1000));
  const droppedIn = Map.groupBy(dropped, (time) => Math.floor(time / 1000));
  const lost = new Client(stream, random);
  return Array.from({ length: stream.seconds }, (_, second) => {
    const at = (second + 1) * 1000;
    const mine = sentIn.get(second) ?? [];
    const drops = droppedIn.get(second)?.length ?? 0;
    const repeated = stream.drawn < 10 ? Math.max(0, 10 - mine.length) : 0;
    const sent = mine.length + repeated;
    const statistics = statisticsOf(stream, mine, repeated, drops);
    const { client, targetKbps } = lost.second(sent);
    return {
      at,
      statistics,
      client,
      adaptation: {
        on: true,
        targetKbps,
        configuredKbps: WANTED_KBPS,
        fecPercentage: 20,
      },
      roundTrip: stream.roundTrip * (0.9 + 0.2 * random()),
    };
  });
}

/** A change is captured when its slot is due and the encoder has room; the newest one wins at every place. */
function throughTheHost(stream: SimulatedStream, random: () => number) {
  const frames: Frame[] = [];
  const dropped: number[] = [];
  const around = (time: number): number => time * (0.9 + 0.25 * random());
  const end = stream.seconds * 1000;
  const changes = changesOf(stream, random);
  let captureFree = 0;
  let due = 0;
  let roomAt = 0;
  let encodeFree = 0;
  const leaving: number[] = [];
  let next = 0;
  while (next < changes.length) {
    const begun = Math.max(captureFree, due, roomAt, changes[next]!);
    if (begun >= end) break;
    while (next + 1 < changes.length && changes[next + 1]! <= begun) next += 1;
    const captured = stream.continuous ? begun : changes[next]!;
    next += 1;
    const capture = around(stream.capture);
    const convert = around(stream.convert);
    captureFree = begun + capture + convert;
    due = Math.max(due + 1000 / stream.asked, begun);
    const taken = Math.max(captureFree, encodeFree);
    roomAt = taken;
    const encode = around(stream.encode);
    encodeFree = taken + encode;
    while (leaving.length > 0 && leaving[0]! <= encodeFree) leaving.shift();
    if (leaving.length >= 3) {
      dropped.push(encodeFree);
      continue;
    }
    const leaves = Math.max(encodeFree, leaving.at(-1) ?? 0) + 0.1;
    leaving.push(leaves + around(stream.spread));
    frames.push({
      leaves,
      parts: {
        captureWait: begun - captured,
        capture,
        convert,
        encodeWait: taken - captureFree,
        encode,
        sendWait: leaves - encodeFree,
      },
    });
  }
  return { frames, dropped };
}

function changesOf(
  { seconds, drawn, uneven, continuous, asked }: SimulatedStream,
  random: () => number,
): number[] {
  const rate = continuous ? asked * 4 : drawn;
  const changes: number[] = [];
  if (rate === 0) return changes;
  for (let at = 0; at < seconds * 1000; at += (1000 / rate) * (1 + uneven * (2 * random() - 1)))
    changes.push(at);
  return changes;
}

function statisticsOf(
  stream: SimulatedStream,
  frames: readonly Frame[],
  repeated: number,
  dropped: number,
): StageStatistics {
  const sent = frames.length + repeated;
  const spread = spreadOf(frames.map(() => stream.spread));
  const total = spreadOf(
    frames.map(({ parts }) => STAGES.reduce((sum, stage) => sum + parts[stage], 0)),
  );
  const packets = sent * PACKETS_A_FRAME;
  return {
    ...nothingMeasured(),
    ...Object.fromEntries(
      STAGES.flatMap((stage) => {
        const one = spreadOf(frames.map(({ parts }) => parts[stage]));
        return one ? [[stage, one]] : [];
      }),
    ),
    ...(total && { hostLatency: total }),
    ...(spread && { spread }),
    ...(frames.length > 0 && { changedArea: stream.area }),
    framesNew: frames.length,
    framesRepeated: repeated,
    framesDropped: dropped,
    videoPackets: packets,
    videoBytes: packets * 1392,
    sendDrops: Math.round((packets * stream.noRoom) / 100),
    fecPercentage: 20,
  };
}

function spreadOf(milliseconds: readonly number[]): Percentiles | undefined {
  if (milliseconds.length === 0) return undefined;
  const sorted = milliseconds.map((time) => time * 1000).sort((a, b) => a - b);
  const rank = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1]!;
  return {
    count: sorted.length,
    mean: sorted.reduce((sum, time) => sum + time, 0) / sorted.length,
    p50: rank(0.5),
    p95: rank(0.95),
    p99: rank(0.99),
    max: sorted.at(-1)!,
  };
}

/** The network and the device behind it, as they tell of themselves. */
class Client {
  readonly #stream: SimulatedStream;
  readonly #random: () => number;
  #target = WANTED_KBPS;
  #behind = 0;

  constructor(stream: SimulatedStream, random: () => number) {
    this.#stream = stream;
    this.#random = random;
  }

  second(frames: number) {
    const { link, lost, noRoom, saved, decodes, reportsBlocks } = this.#stream;
    const overfull = this.#target > link ? ((this.#target - link) / this.#target) * 100 : 0;
    // The bitrate gives way until the link carries it, and tries more now and then.
    if (overfull > 0) this.#target = Math.max(link * 0.95, this.#target * 0.8);
    const share = Math.min(100, lost + noRoom + overfull);
    const damaged = Math.round(
      frames * (1 - (1 - share / 100) ** PACKETS_A_FRAME) * (0.8 + 0.4 * this.#random()),
    );
    const recovered = Math.round(damaged * (overfull > 0 ? 0.3 : saved));
    // A decoder that falls behind drops what it has after 15 frames and asks for a keyframe.
    this.#behind += Math.max(0, frames - decodes);
    const flushes = Math.floor(this.#behind / 15);
    this.#behind %= 15;
    return {
      targetKbps: Math.round(this.#target),
      client: {
        lossPercentage: share * (0.8 + 0.4 * this.#random()),
        ...(reportsBlocks && {
          damagedBlocks: damaged,
          recoveredBlocks: recovered,
          recoveredFrames: recovered,
          recoveredPackets: recovered,
        }),
        framesLost: damaged - recovered,
        keyframeRequests: flushes,
        invalidationRequests: damaged - recovered,
      },
    };
  }
}
