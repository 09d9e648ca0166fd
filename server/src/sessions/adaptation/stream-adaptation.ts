import type { Logger } from 'pino';

import type { FrameFecStatus } from '../../gamestream/control/control-plane.ts';
import type { StreamConfig } from '../../gamestream/stream-config.ts';
import type { Viewer } from '../../media/viewer.ts';
import type { StageStatistics } from '../../native/statistics.ts';
import { encoderBitrate } from '../viewer-request.ts';
import { Adaptation } from './adaptation.ts';
import type { AdaptationState, Change } from './adaptation.ts';
import type { ClientReport } from './client-report.ts';

/** Bytes of a video packet in front of its payload, beside those that packetSize leaves out (protocol 4 §4). */
const HEADER_IN_PACKET_SIZE = 16;
/** milliseconds between two lines of the log; what changed in between is counted */
const LOG_PAUSE = 1_000;

/** Carries what a client reports to the adaptation of its stream, and what that decides to the viewer. */
export class StreamAdaptation {
  readonly #adaptation: Adaptation;
  readonly #viewer: Viewer;
  readonly #log: Logger;
  readonly #onChange: (change: Change) => void;
  readonly #now: () => number;
  #loggedAt = -Infinity;
  #unlogged = 0;

  /** @param fecPercentage that the viewer was asked for with */
  constructor(
    viewer: Viewer,
    config: StreamConfig,
    fecPercentage: number,
    options: {
      readonly on: boolean;
      readonly log: Logger;
      /** hears of each change, as soon as the viewer is told */
      readonly onChange: (change: Change) => void;
      /** the owner chose how packets leave */
      readonly fixedSendMethod?: boolean;
      readonly now?: () => number;
    },
  ) {
    const { video } = config;
    this.#viewer = viewer;
    this.#log = options.log;
    this.#onChange = options.onChange;
    this.#now = options.now ?? (() => performance.now());
    this.#adaptation = new Adaptation(
      {
        bitrateKbps: video.bitrateKbps,
        framesPerSecond: video.rate.numerator / video.rate.denominator,
        payload: video.packetSize - HEADER_IN_PACKET_SIZE,
        fecPercentage,
        minFecPackets: video.minFecPackets,
        reportsBlocks: config.sendsFecStatus,
        encoderKbps: (total) =>
          encoderBitrate({ ...config, video: { ...video, bitrateKbps: total } }, fecPercentage),
        fixedSendMethod: options.fixedSendMethod ?? false,
      },
      options.on,
      this.#now(),
    );
  }

  get state(): AdaptationState {
    return this.#adaptation.state;
  }

  get report(): ClientReport | undefined {
    return this.#adaptation.report;
  }

  switch(on: boolean): void {
    this.#follow(this.#adaptation.switch(on, this.#now()));
  }

  moved(): void {
    this.#follow(this.#adaptation.moved(this.#now()));
  }

  fecStatus(status: FrameFecStatus): void {
    this.#follow(this.#adaptation.fecStatus(status, this.#now()));
  }

  lossStats(lost: number, lastGoodFrame: number): void {
    this.#follow(this.#adaptation.lossStats(lost, lastGoodFrame, this.#now()));
  }

  keyframeRequested(): void {
    this.#follow(this.#adaptation.keyframeRequested(this.#now()));
  }

  invalidationRequested(first: number, last: number): void {
    this.#follow(this.#adaptation.invalidationRequested(first, last, this.#now()));
  }

  roundTrip(milliseconds: number): void {
    this.#follow(this.#adaptation.roundTrip(milliseconds, this.#now()));
  }

  statistics(statistics: StageStatistics): void {
    this.#follow(this.#adaptation.statistics(statistics, this.#now()));
  }

  #follow(change: Change | undefined): void {
    if (!change) return;
    this.#viewer.tune(change.tuning);
    this.#onChange(change);
    const now = this.#now();
    if (now - this.#loggedAt < LOG_PAUSE) {
      this.#unlogged += 1;
      return;
    }
    const { targetKbps, fecPercentage } = this.#adaptation.state;
    this.#log.info(
      {
        ...change.tuning,
        targetKbps,
        fecPercentage,
        reason: change.reason,
        ...(this.#unlogged > 0 && { changesBefore: this.#unlogged }),
      },
      'stream adapted',
    );
    this.#loggedAt = now;
    this.#unlogged = 0;
  }
}
