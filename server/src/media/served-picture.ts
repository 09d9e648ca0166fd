import { closeSync } from 'node:fs';

import type { DescriptorAddon } from '../native/descriptor-addon.ts';
import type { MediaAddon, NativePicture, PictureOptions } from '../native/media-addon.ts';
import type { FromMedia, ToMedia } from './messages.ts';
import { COUNTERS_FD, DESCRIPTORS_FD } from './messages.ts';

/** milliseconds between two reports; the parent takes silence for a hang */
const REPORT_INTERVAL = 1_000;

type ViewerOrder = Exclude<
  ToMedia,
  {
    type:
      | 'open'
      | 'source'
      | 'close'
      | 'probe'
      | 'verify'
      | 'speed-test'
      | 'speed-test-rate'
      | 'speed-test-stop';
  }
>;

type ServedAddon = Pick<MediaAddon, 'openPicture'> & Pick<DescriptorAddon, 'receiveDescriptors'>;

/**
 * A media process's one picture: carries out the parent's orders, and reports. The orders of one viewer are carried
 * out one after the other, and wait for nobody else's: to open an encoder, or to end threads, takes a while.
 */
export class ServedPicture {
  readonly #addon: ServedAddon;
  readonly #send: (message: FromMedia) => void;
  #picture: NativePicture | undefined;
  #opened: Promise<void> = Promise.resolve();
  /** each viewer's last order */
  readonly #orders = new Map<number, Promise<void>>();
  #reports: NodeJS.Timeout | undefined;

  constructor(addon: ServedAddon, send: (message: FromMedia) => void) {
    this.#addon = addon;
    this.#send = send;
  }

  /** Resolves when the order is carried out or has been reported as failed. */
  async handle(message: ToMedia): Promise<void> {
    const isWatched = this.#orders.size > 0;
    switch (message.type) {
      case 'open':
        this.#opened = this.#opened.then(() => this.#attempt(() => this.#open(message, isWatched)));
        return this.#opened;
      case 'source':
        this.#opened = this.#opened.then(() => this.#changeSource(message));
        return this.#opened;
      case 'close':
        await Promise.all([this.#opened, ...this.#orders.values()]);
        return this.#attempt(() => this.close());
      case 'probe':
      case 'verify':
      case 'speed-test':
      case 'speed-test-rate':
      case 'speed-test-stop':
        return;
      default:
        return this.#follow(message);
    }
  }

  /** May be called twice. */
  async close(): Promise<void> {
    clearInterval(this.#reports);
    const picture = this.#picture;
    this.#picture = undefined;
    await picture?.close();
  }

  /** The source with what lies ready for it, which `openPicture` takes over; what it has no use for is closed. */
  #withDescriptors(picture: PictureOptions): PictureOptions {
    const { source } = picture;
    const received = this.#addon.receiveDescriptors(DESCRIPTORS_FD);
    const remoteFd = source.kind === 'pipewire' ? received.shift() : undefined;
    for (const descriptor of received) closeSync(descriptor);
    if (source.kind !== 'pipewire' || remoteFd === undefined) return picture;
    return { ...picture, source: { ...source, remoteFd } };
  }

  async #follow(order: ViewerOrder): Promise<void> {
    const viewer = order.type === 'viewer' ? order.options.viewer : order.viewer;
    const before = this.#orders.get(viewer) ?? this.#opened;
    const done = before.then(() => this.#attempt(() => this.#carryOut(order), viewer));
    this.#orders.set(viewer, done);
    await done;
    if (order.type === 'leave' && this.#orders.get(viewer) === done) this.#orders.delete(viewer);
  }

  async #attempt(work: () => Promise<void>, viewer?: number): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#send({
        type: 'failed',
        ...(viewer === undefined ? {} : { viewer }),
        message: error instanceof Error ? error.message : String(error),
      });
    }
  }

  async #carryOut(message: ViewerOrder): Promise<void> {
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
      case 'sound-source':
        picture.setSoundSource(message.viewer, message.source);
        return;
      case 'leave':
        try {
          await picture.removeViewer(message.viewer);
        } finally {
          this.#send({ type: 'left', viewer: message.viewer });
        }
    }
  }

  async #changeSource({
    picture: options,
    descriptors,
  }: Extract<ToMedia, { type: 'source' }>): Promise<void> {
    try {
      const given = descriptors === undefined ? options : this.#withDescriptors(options);
      if (!this.#picture) throw new Error('The picture is not open.');
      await this.#picture.changeSource(given);
      this.#send({ type: 'source-changed' });
    } catch (error) {
      this.#send({ type: 'source-changed', message: (error as Error).message });
    }
  }

  async #open(
    { picture: options, descriptors, expected }: Extract<ToMedia, { type: 'open' }>,
    isWatched: boolean,
  ): Promise<void> {
    if (this.#picture && isWatched) throw new Error('The picture is open already.');
    await this.close();
    const given = descriptors === undefined ? options : this.#withDescriptors(options);
    const picture = await this.#addon.openPicture(
      { ...given, ...(expected && { expected }) },
      (event) => this.#send({ type: 'event', event }),
    );
    this.#picture = picture;
    this.#reports = setInterval(
      () => this.#send({ type: 'stats', viewers: picture.statistics() }),
      REPORT_INTERVAL,
    );
    this.#send({ type: 'ready' });
  }
}
