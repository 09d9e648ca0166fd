/** A second's figures, as far as adaptation reads them. */
export function statistics(
  frames: number,
  videoPackets: number,
  videoBytes: number,
  keyframes: number,
  fecPercentage: number,
) {
  return {
    interval: 1000,
    framesNew: frames,
    framesRepeated: 0,
    framesDropped: 0,
    framesOverwritten: 0,
    keyframes,
    keyframesMerged: 0,
    invalidations: 0,
    encodedBytes: videoBytes,
    videoPackets,
    videoBytes,
    audioPackets: 0,
    audioBytes: 0,
    sendDrops: 0,
    sendErrors: 0,
    injectedDrops: 0,
    sendMethod: 'sendmmsg' as const,
    bitrateKbps: 0,
    fecPercentage,
    encodeViewers: 1,
    threads: { capture: 'normal', encode: 'normal', send: 'normal', audio: 'normal' } as const,
  };
}
