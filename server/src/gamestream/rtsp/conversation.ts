import crypto from 'node:crypto';

import type { Handshake } from '../launches.ts';
import type { LinkLimit } from '../link-limit.ts';
import type { GameStreamPorts } from '../ports.ts';
import { parseAnnounce } from './announce.ts';
import type { HostDescription } from './describe.ts';
import { describeHost } from './describe.ts';
import type { RtspRequest, RtspResponse } from './message.ts';
import { AnnounceRefused, negotiate } from './negotiation.ts';

/** What the host says of itself, beside what the handshake knows. */
type HostOffer = Pick<
  HostDescription,
  'penAndTouch' | 'controllerTouch' | 'encryptionSupported' | 'encryptionRequested'
>;

export interface ConversationOptions {
  readonly ports: Pick<GameStreamPorts, 'video' | 'audio' | 'control'>;
  readonly offer: (handshake: Handshake) => HostOffer;
  /** asked when a stream is negotiated */
  readonly link?: (handshake: Handshake) => LinkLimit;
  /** the owner's limit of a video packet, bytes; asked when a stream is negotiated */
  readonly packetSize?: () => number | undefined;
}

/** How far a handshake is; the order of protocol 1 §3.3. */
type Step = 'new' | 'described' | 'audio' | 'video' | 'control' | 'announced' | 'playing';

const STREAMS = { audio: 'described', video: 'audio', control: 'video' } as const;
type Stream = keyof typeof STREAMS;

const OUT_OF_ORDER: RtspResponse = { status: 455 };

/**
 * One launch's RTSP exchange over its seven connections. A step out of order is answered with 455 and
 * changes nothing.
 */
export class Conversation {
  /** what the client repeats as `Session` from the second SETUP on */
  readonly id = crypto.randomBytes(8).toString('hex').toUpperCase();
  readonly handshake: Handshake;
  readonly #options: ConversationOptions;
  #step: Step = 'new';
  #clientSequence = -1;

  constructor(handshake: Handshake, options: ConversationOptions) {
    this.handshake = handshake;
    this.#options = options;
  }

  /**
   * Sealed RTSP only: a sequence number counts once. It may start anywhere, since clients never reset it.
   *
   * @returns false for a repeated or older number; the request is then a replay
   */
  acceptSequence(sequence: number): boolean {
    if (sequence <= this.#clientSequence) return false;
    this.#clientSequence = sequence;
    return true;
  }

  /** @throws Error when the session cannot go on; the client learns no more than that */
  respond(request: RtspRequest): RtspResponse {
    const session = request.headers.get('session');
    if (session !== undefined && session.split(';')[0]!.trim() !== this.id) return { status: 454 };
    const response = this.#dispatch(request);
    if (response.status === 200) this.handshake.progress();
    return response;
  }

  #dispatch(request: RtspRequest): RtspResponse {
    switch (request.method) {
      case 'OPTIONS':
        return { status: 200, headers: [['Public', 'OPTIONS, DESCRIBE, SETUP, ANNOUNCE, PLAY']] };
      case 'DESCRIBE':
        return this.#describe();
      case 'SETUP':
        return this.#setup(request);
      case 'ANNOUNCE':
        return this.#announce(request);
      case 'PLAY':
        return this.#play(request);
      default:
        return { status: 501 };
    }
  }

  #describe(): RtspResponse {
    if (this.#step !== 'new' && this.#step !== 'described') return OUT_OF_ORDER;
    this.#step = 'described';
    const { codecModes, invalidation, surroundParams } = this.handshake;
    const body = describeHost({
      ...this.#options.offer(this.handshake),
      codecModes,
      invalidation,
      ...(surroundParams === undefined ? {} : { surroundParams }),
    });
    return { status: 200, body };
  }

  #setup(request: RtspRequest): RtspResponse {
    const stream = /^streamid=(\w{1,16})(?:\/|$)/.exec(request.target)?.[1];
    if (stream !== 'audio' && stream !== 'video' && stream !== 'control') return { status: 404 };
    // The audio answer is the first to name the session; from then on the client repeats it.
    if (stream !== 'audio' && !request.headers.has('session')) return { status: 454 };
    if (this.#step !== STREAMS[stream]) return OUT_OF_ORDER;
    this.#step = stream;
    return { status: 200, headers: this.#setupHeaders(stream) };
  }

  #setupHeaders(stream: Stream): [string, string][] {
    const { connectData, pingPayload } = this.handshake;
    return [
      ['Session', `${this.id};timeout = 90`],
      ['Transport', `server_port=${this.#options.ports[stream]}`],
      stream === 'control'
        ? ['X-SS-Connect-Data', String(connectData)]
        : ['X-SS-Ping-Payload', pingPayload],
    ];
  }

  #announce(request: RtspRequest): RtspResponse {
    if (!request.headers.has('session')) return { status: 454 };
    if (this.#step !== 'control') return OUT_OF_ORDER;
    const { codecModes, channels, surroundParams, hdr } = this.handshake;
    const link = this.#options.link?.(this.handshake);
    const packetSize = this.#options.packetSize?.();
    try {
      const config = negotiate(parseAnnounce(request.body), {
        codecModes,
        channels,
        hostHeader: request.headers.get('host') ?? '',
        ...(link && { link }),
        ...(packetSize !== undefined && { packetSize }),
        ...(hdr && { hdr }),
        ...(surroundParams === undefined ? {} : { surroundParams }),
      });
      this.handshake.announce(config);
    } catch (error) {
      this.handshake.refuse((error as Error).message);
      if (error instanceof AnnounceRefused) return { status: 400 };
      throw error;
    }
    this.#step = 'announced';
    return { status: 200 };
  }

  #play(request: RtspRequest): RtspResponse {
    if (!request.headers.has('session')) return { status: 454 };
    if (this.#step !== 'announced') return OUT_OF_ORDER;
    this.#step = 'playing';
    this.handshake.play();
    return { status: 200 };
  }
}
