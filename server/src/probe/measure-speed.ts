import { monotonicNow } from '../client/clock.ts';
import { HostRefused } from '../client/host-requests.ts';
import { SpeedTest, SpeedTestFailed } from '../client/speed-test.ts';
import type { SpeedTestAddon, SpeedTestStepFigures } from '../native/speed-test-addon.ts';
import type { ConnectedHost } from './host-connection.ts';
import { sleep } from './measure-stream.ts';
import { EXIT, ProbeFailure } from './outcome.ts';
import type { Progress } from './progress.ts';
import { CLEAN_QUEUE, RateLadder } from './rate-ladder.ts';
import type { RateObservation, RateOrder } from './rate-ladder.ts';
import { measureRoundTrip } from './round-trip.ts';
import { linkRate, observe, speedFigures } from './speed-figures.ts';
import type { SpeedFigures } from './speed-figures.ts';

/** milliseconds that each kind of rate is looked at before it is judged */
const DWELL = { try: 400, settle: 250, hold: 1000 } as const;
/** A rate of which nothing has arrived so long after it should have been judged is too high. */
const PATIENCE = 800;
/** What is found is held for the last so many milliseconds, or half of a short test. */
const HOLD_TIME = 4000;
const LOOK_INTERVAL = 50;
/** milliseconds for the first packet: a process starts, a ping travels */
const START_LIMIT = 8000;

export interface SpeedOptions {
  readonly limitKbps: number;
  readonly seconds: number;
}

/**
 * Has the host send ever faster until the link shows that it is enough, then at what it carries.
 *
 * @throws ProbeFailure; the signal's reason when that is aborted
 */
export async function measureSpeed(
  { client, info }: ConnectedHost,
  options: SpeedOptions,
  addon: Pick<SpeedTestAddon, 'openSpeedTestReceiver'>,
  progress: Progress,
  signal: AbortSignal,
): Promise<SpeedFigures> {
  progress.say(
    `Speed test: ${info.name} sends for ${options.seconds} s, up to ${options.limitKbps / 1000} Mbit/s …`,
  );
  const roundTrip = await measureRoundTrip(client.address.host, client.address.httpPort, signal);
  const ladder = new RateLadder(options.limitKbps);
  let test: SpeedTest;
  try {
    const { kbps } = ladder.order;
    test = await SpeedTest.begin(client, { kbps, seconds: options.seconds, signal }, addon);
  } catch (error) {
    signal.throwIfAborted();
    throw asFailure(error as Error);
  }
  try {
    const climb = new Climb(test, ladder, options, progress, signal);
    await climb.run();
    const { sent, received } = await test.result();
    if (sent.end !== 'finished') throw new SpeedTestFailed(ENDS[sent.end]);
    const figures = speedFigures(sent, received, climb.orders, roundTrip);
    const carries = linkRate(figures, options.limitKbps);
    if (carries !== undefined) await tell(test, carries, info.name, progress);
    return figures;
  } catch (error) {
    signal.throwIfAborted();
    throw asFailure(error as Error);
  } finally {
    progress.close();
    await test.close();
  }
}

/** What was measured stands, whether the host hears of it or not. */
async function tell(
  test: SpeedTest,
  kbps: number,
  host: string,
  progress: Progress,
): Promise<void> {
  try {
    if (!(await test.tellHeld(kbps))) return;
    progress.say(
      `${host} remembers for a day that the link to this address carries ${megabits(kbps)} Mbit/s, and keeps streams to 80 % of it.`,
    );
  } catch (error) {
    progress.say(`${host} could not be told what the link carries: ${(error as Error).message}`);
  }
}

const ENDS = {
  stopped: 'The host stopped the speed test: its owner withdrew the permission, or it ends.',
  silent:
    'The host stopped the speed test: it heard no more pings. The link loses nearly everything.',
  refused: 'The host stopped the speed test: this machine refused its packets.',
  failed: 'The host stopped the speed test. Its log says why.',
} as const;

/** One test on its way through the rates. */
class Climb {
  readonly orders: RateOrder[];
  readonly #test: SpeedTest;
  readonly #ladder: RateLadder;
  readonly #options: SpeedOptions;
  readonly #progress: Progress;
  readonly #signal: AbortSignal;
  #over = false;

  constructor(
    test: SpeedTest,
    ladder: RateLadder,
    options: SpeedOptions,
    progress: Progress,
    signal: AbortSignal,
  ) {
    this.#test = test;
    this.#ladder = ladder;
    this.#options = options;
    this.#progress = progress;
    this.#signal = signal;
    this.orders = [ladder.order];
    const end = (): void => {
      this.#over = true;
    };
    test.result().then(end, end);
  }

  /** Resolves when the host has told the end, or the time is over. */
  async run(): Promise<void> {
    const begun = await this.#firstPacket();
    const whole = this.#options.seconds * 1000;
    const search = Math.max(whole - HOLD_TIME, whole / 2);
    while (!this.#over && monotonicNow() - begun < whole) {
      const { kbps } = this.#ladder.order;
      const seen = await this.#look(begun, whole);
      if (!seen) return;
      this.#ladder.next(seen);
      if (monotonicNow() - begun >= search) this.#ladder.hold();
      const { order } = this.#ladder;
      if (order.kbps === kbps && order.kind === this.orders.at(-1)!.kind) continue;
      // The same rate again, now to be held, is a step of its own: its figures are the result.
      if (!(await this.#test.setRate(order.kbps))) return;
      this.orders.push(order);
    }
  }

  async #firstPacket(): Promise<number> {
    const asked = monotonicNow();
    while (!this.#over && this.#test.figures().packets === 0) {
      if (monotonicNow() - asked > START_LIMIT) {
        throw new SpeedTestFailed(
          'Nothing arrived. UDP from the host is probably filtered on the way.',
        );
      }
      await sleep(LOOK_INTERVAL, this.#signal);
    }
    return monotonicNow();
  }

  /** Waits until the present step can be judged. @returns undefined when the test is over */
  async #look(begun: number, whole: number): Promise<RateObservation | undefined> {
    const { kind, kbps } = this.#ladder.order;
    const index = this.orders.length - 1;
    const before: SpeedTestStepFigures | undefined =
      kind === 'hold' ? this.#test.figures().steps[index] : undefined;
    const from = monotonicNow();
    for (;;) {
      await sleep(LOOK_INTERVAL, this.#signal);
      const now = monotonicNow();
      if (this.#over || now - begun >= whole) return undefined;
      const figures = this.#test.figures();
      if (figures.fault) throw new SpeedTestFailed(figures.fault);
      const seen = observe(kbps, figures, index, before);
      const text = `${megabits(seen?.receivedKbps ?? 0)} of ${megabits(kbps)} Mbit/s  ${figures.lost} packets lost`;
      this.#progress.show((now - begun) / whole, text);
      const covered = (figures.steps[index]?.duration ?? 0) - (before?.duration ?? 0);
      // A deep queue takes its time to run dry, and would spoil whatever is tried next.
      const settled = kind !== 'settle' || (seen?.queue ?? 0) <= CLEAN_QUEUE;
      if (seen && settled && covered >= DWELL[kind]) return seen;
      if (now - from > DWELL[kind] + PATIENCE) {
        return seen ?? { kbps, receivedKbps: 0, loss: 1, queue: 0 };
      }
    }
  }
}

function megabits(kbps: number): string {
  return (kbps / 1000).toFixed(kbps < 99_950 ? 1 : 0);
}

function asFailure(error: Error): ProbeFailure {
  if (error instanceof ProbeFailure) return error;
  if (error instanceof HostRefused) return refusal(error);
  return new ProbeFailure(EXIT.failed, 'speed-test', error.message, { cause: error });
}

function refusal(error: HostRefused): ProbeFailure {
  const fail = (code: string, message: string): ProbeFailure =>
    new ProbeFailure(EXIT.refused, code, message, { cause: error });
  switch (error.status) {
    case 403:
      return fail('not-permitted', error.hostMessage);
    case 404:
      return fail(
        'no-speed-test',
        'That host knows no speed test; it is no Earthshine, or an older one. Leave --speed-test out.',
      );
    case 409:
      return fail('busy', error.hostMessage);
    default:
      return fail('refused', `The host refused: ${error.hostMessage}`);
  }
}
