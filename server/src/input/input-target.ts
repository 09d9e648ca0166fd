/** Where a session's input goes; devices are opened by the control plane when the client connects. */
export interface InputTarget {
  /** `none`: input is counted and dropped */
  readonly backend: 'uinput' | 'xtest' | 'none';
  readonly x11Display?: string;
  readonly area?: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
  /** picture size, for letterbox removal */
  readonly width: number;
  readonly height: number;
  readonly sourceWidth?: number;
  readonly sourceHeight?: number;
}
