/** A launch that was granted: what RTSP and the streams need. */
export interface Launch {
  readonly url: string;
  readonly key: Buffer;
  /** as sent, signed */
  readonly keyId: number;
}

export interface LaunchOptions {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly channels?: 2 | 6 | 8;
  readonly playOnHost?: boolean;
  /** the client may use a 10-bit format */
  readonly hdr?: boolean;
  /** bits of gamepads that are attached */
  readonly gamepads?: number;
  /** digits `NSCm…` of a layout of its own */
  readonly surroundParams?: string;
  /** false: like an old client, without `corever`, so without sealed RTSP */
  readonly encryptedRtsp?: boolean;
}
