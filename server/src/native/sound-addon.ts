/** PipeWire as the control process uses it: the sinks that streams capture, not the capture itself. */
export interface SoundAddon {
  /** Whether an audio server answers; rejects with a sentence when none does. */
  probeSound(): Promise<{
    readonly server: string;
    readonly version: string;
    readonly defaultSink?: string;
  }>;
  /**
   * Makes a virtual sink. It lives as long as the returned object and its process (PipeWire removes it when
   * the connection ends, also after SIGKILL).
   */
  createSink(options: {
    /** PipeWire node name, unique */
    readonly name: string;
    readonly description: string;
    readonly channels: 2 | 6 | 8;
  }): Promise<NativeSink>;
  /** The configured default sink's node name, absent when none is configured. */
  readDefaultSink(): Promise<string | undefined>;
  /** Sets the configured default sink; `undefined` clears it. */
  writeDefaultSink(name: string | undefined): Promise<void>;
}

export interface NativeSink {
  readonly name: string;
  close(): Promise<void>;
}
