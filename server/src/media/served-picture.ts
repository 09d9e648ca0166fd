import type { MediaAddon, NativePicture } from '../native/media-addon.ts';
import type { FromMedia, ToMedia } from './messages.ts';
import { COUNTERS_FD } from './messages.ts';

/** milliseconds between two reports; the parent takes silence for a hang */
const REPORT_INTERVAL = 1_000;

/** A media process's one picture: carries out the parent's orders in their order, and reports. */
export class ServedPicture {
  readonly #addon: Pick<MediaAddon, 'openPicture'>;
  readonly #send: (message: FromMedia) => void;
  #picture: NativePicture | undefined;
  #orders: Promise<void> = Promise.resolve();
  #reports: NodeJS.Timeout | undefined;

  constructor(addon: Pick<MediaAddon, 'openPicture'>, send: (message: FromMedia) => void) {
    this.#addon = addon;
    this.#send = send;
  }

  /** Resolves when the order is carried out or has been reported as failed. */
  handle(message: ToMedia): Promise<void> {
    this.#orders = this.#orders.then(async () => {
      try {
        await this.#carryOut(message);
      } catch (error) {
        this.#send({
          type: 'failed',
          ...('viewer' in message ? { viewer: message.viewer } : {}),
          ...(message.type === 'viewer' ? { viewer: message.options.viewer } : {}),
          message: error instanceof Error ? error.message : String(error),
        });
      }
    });
    return this.#orders;
  }

  /** May be called twice. */
  async close(): Promise<void> {
    clearInterval(this.#reports);
    const picture = this.#picture;
    this.#picture = undefined;
    await picture?.close();
  }

  async #carryOut(message: ToMedia): Promise<void> {
    if (message.type === 'open') return this.#open(message);
    if (message.type === 'close') return this.close();
    const picture = this.#picture;
    if (!picture) throw new Error('The picture is not open.');
    switch (message.type) {
      case 'viewer':
        await picture.addViewer({ ...message.options, countersFd: COUNTERS_FD });
        this.#send({ type: 'viewing', viewer: message.options.viewer });
        return;
      case 'endpoint':
        picture.setEndpoint(message.viewer, message.plane, message.endpoint);
        return;
      case 'keyframe':
        picture.requestKeyframe(message.viewer, message.roundTrip);
        return;
      case 'invalidate':
        picture.invalidate(message.viewer, message.first, message.last);
        return;
      case 'tune':
        picture.tune(message.viewer, message.tuning);
        return;
      case 'leave':
        try {
          await picture.removeViewer(message.viewer);
        } finally {
          this.#send({ type: 'left', viewer: message.viewer });
        }
    }
  }

  async #open({ picture: options }: Extract<ToMedia, { type: 'open' }>): Promise<void> {
    if (this.#picture) throw new Error('The picture is open already.');
    const picture = await this.#addon.openPicture(options, (event) =>
      this.#send({ type: 'event', event }),
    );
    this.#picture = picture;
    this.#reports = setInterval(
      () => this.#send({ type: 'stats', viewers: picture.statistics() }),
      REPORT_INTERVAL,
    );
    this.#send({ type: 'ready' });
  }
}
