/** What the control process asks of a desktop's PipeWire. */
export interface DesktopAddon {
  /** Nodes of class Video/Source. Rejects with a sentence when no server answers within 2 s. */
  listVideoNodes(): Promise<VideoNode[]>;
}

export interface VideoNode {
  /** its object.serial, which no other node gets */
  readonly serial: string;
  /** not unique */
  readonly name: string;
  /** the process that made it, as the kernel told PipeWire; 0 unknown */
  readonly process: number;
}
