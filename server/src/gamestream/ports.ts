/** Every port of the host follows from one base, the plain-HTTP port (protocol 1 §1.1). */
export interface GameStreamPorts {
  readonly http: number;
  readonly https: number;
  readonly video: number;
  readonly control: number;
  readonly audio: number;
  readonly rtsp: number;
}

export const DEFAULT_BASE_PORT = 47989;

/** @param base the plain-HTTP port, 1024…65514 */
export function portsFrom(base: number): GameStreamPorts {
  return {
    http: base,
    https: base - 5,
    video: base + 9,
    control: base + 10,
    audio: base + 11,
    rtsp: base + 21,
  };
}
