import type { Logger } from 'pino';

import type { StreamConfig } from '../../gamestream/stream-config.ts';
import type { Viewer } from '../../media/viewer.ts';
import { encoderBitrate } from '../viewer-request.ts';
import { Adaptation } from './adaptation.ts';
import type { AdaptationState, Change } from './adaptation.ts';
import type { ClientReport } from './client-report.ts';

/** Bytes of a video packet in front of its payload, beside those that packetSize leaves out (protocol 4 §4). */
const HEADER_IN_PACKET_SIZE = 16;
/** milliseconds between two lines of the log; what changed in between is counted */
const LOG_PAUSE = 1_000;

/**
 * The adaptation of one stream in its surroundings: set up for what was negotiated, told the time, and what it decides
 * carried out, logged and told.
 */
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
        parity: video.parity,
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

  /** Something was reported or decided, at this moment. */
  hear(report: (to: Adaptation, now: number) => Change | undefined): void {
    this.#follow(report(this.#adaptation, this.#now()));
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
