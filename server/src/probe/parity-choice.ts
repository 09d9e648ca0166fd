/** What a host can be set to; parity costs bitrate, so the least that does is chosen. Per cent of the data packets. */
const CHOICES = [5, 10, 15, 20, 25, 30, 35, 40, 50] as const;
/** A frame in ten thousand that cannot be repaired is one in nearly three minutes at 60 Hz. */
const TOLERATED = 1e-4;
/** Losses come in bursts, the reckoning takes them for independent; twice the share makes up for that. */
const BURSTS = 2;
/** payload of a usual packet, bytes */
const PAYLOAD = 1376;
/** data packets of a block at most; a larger frame has several */
const MOST_IN_BLOCK = 200;

/**
 * The least parity with which hardly any frame is lost. Of a link on which nothing was lost it is only known that it
 * loses fewer than 3 in `packets` (at 95 %, the rule of three).
 *
 * @param lost packets
 * @param packets sent
 * @param kbps of the stream that shall run there
 */
export function chooseParity(lost: number, packets: number, kbps: number, fps: number): number {
  if (packets === 0) return 20;
  const share = Math.min(1, Math.max((lost / packets) * BURSTS, Math.min(3 / packets, 0.001)));
  const frame = Math.max(1, Math.ceil((kbps * 125) / fps / PAYLOAD));
  const data = Math.min(frame, MOST_IN_BLOCK);
  const blocks = Math.ceil(frame / data);
  const enough = CHOICES.find((percentage) => {
    // Two parity packets at least, as every client asks.
    const parity = Math.max(2, Math.floor((data * percentage + 99) / 100));
    return blocks * moreThan(parity, data + parity, share) <= TOLERATED;
  });
  return enough ?? CHOICES.at(-1)!;
}

/** Probability that more than `limit` of `count` packets are lost when each is with probability `share`. */
export function moreThan(limit: number, count: number, share: number): number {
  if (share <= 0 || limit >= count) return 0;
  if (share >= 1) return 1;
  let logarithm = count * Math.log1p(-share);
  let within = Math.exp(logarithm);
  for (let lost = 1; lost <= limit; lost++) {
    logarithm += Math.log((count - lost + 1) / lost) + Math.log(share) - Math.log1p(-share);
    within += Math.exp(logarithm);
  }
  return Math.min(1, Math.max(0, 1 - within));
}
