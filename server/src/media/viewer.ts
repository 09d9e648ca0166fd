import type {
  EncoderWish,
  Endpoint,
  MediaPlane,
  SoundSource,
  SourceArea,
  Tuning,
  ViewerOptions,
  ViewerStatistics,
} from '../native/media-addon.ts';

/** What a session asks of a media process; descriptor and slot of the counters are its affair. */
export type ViewerRequest = Omit<ViewerOptions, 'countersFd' | 'slot'>;

/** What of it makes the encoder, as the process finds it in its options. */
export function encoderWish({ video }: ViewerRequest): EncoderWish {
  const { codec, chroma, bitDepth, colorSpace, fullRange, hdr } = video;
  const { slices, maxReferenceFrames, bitrateKbps } = video;
  return {
    ...{ codec, chroma, bitDepth, colorSpace, fullRange },
    ...(hdr && { hdr }),
    ...{ slices, maxReferenceFrames, bitrateKbps },
  };
}

export interface ViewerListener {
  /** The encoder runs; frames leave as soon as an endpoint is known. Again after each restart. */
  viewing(): void;
  /** about once a second */
  statistics(statistics: ViewerStatistics): void;
  /** The process died, for this reason, and is being replaced. */
  restarted(reason: string): void;
  /** Where the source lies, at first and whenever it changes. Never for one that lies on no desktop. */
  sourceArea(area: SourceArea): void;
  /** Something for the owner; the stream goes on. Without a message the part's last notice is over. */
  notice(part: string, message: string | undefined): void;
  /** The stream cannot go on; the viewer is closed already. */
  fault(message: string): void;
}

/** One session's place in a picture. Survives restarts of the process behind it. */
export interface Viewer {
  /** the process that serves it at present, for the log and for tests */
  readonly pid: number | undefined;
  setEndpoint(plane: MediaPlane, endpoint: Endpoint): void;
  /** @param roundTrip milliseconds, 0 where it is unknown: requests that an IDR on its way answers are merged */
  requestKeyframe(roundTrip: number): void;
  invalidate(first: number, last: number): void;
  tune(tuning: Tuning): void;
  /** Its sound comes from there from now on; not for one that has none. */
  setSoundSource(source: SoundSource): void;
  /** May be called twice. Resolves when nothing is sent any more. */
  close(): Promise<void>;
}
