import { blockData, blockParity } from '../../../src/sessions/adaptation/residual-loss.ts';

/** bytes of a packet's payload, and of what RTP and the video packet put in front of it */
export const PAYLOAD = 1376;
export const HEADERS = 32;
export const LEAST_PARITY = 2;

const MOST_BLOCKS = 4;
const MOST_BURSTS = 4;
const BURST = 16;
/** share of a frame's interval over which it is spread */
const SPREAD = 0.75;

export type FrameType = 'idr' | 'clean' | 'predicted';

/** What a client can tell from a packet. */
export interface Packet {
  readonly frame: number;
  readonly type: FrameType;
  readonly block: number;
  readonly blocks: number;
  readonly index: number;
  /** packets of its block */
  readonly data: number;
  readonly parity: number;
  /** parity, per cent */
  readonly percentage: number;
}

/**
 * A frame as the host sends it, data before parity, block by block.
 *
 * @returns `delay`: milliseconds after the frame's time
 */
export function* framePackets(
  frame: number,
  type: FrameType,
  bytes: number,
  percentage: number,
  interval: number,
  leastParity = LEAST_PARITY,
): Generator<{ readonly packet: Packet; readonly delay: number }> {
  const packets = Math.max(1, Math.ceil(bytes / PAYLOAD));
  const perBlock = blockData(packets, percentage);
  const blocks = Math.min(MOST_BLOCKS, Math.ceil(packets / perBlock));
  const shapes = Array.from({ length: blocks }, (_, block) => {
    const data = block < blocks - 1 ? perBlock : packets - perBlock * (blocks - 1);
    const least = leastParity + (type === 'idr' ? leastParity - LEAST_PARITY : 0);
    return { data, parity: blockParity(data, percentage, least) };
  });
  const count = shapes.reduce((sum, { data, parity }) => sum + data + parity, 0);
  const bursts = Math.min(MOST_BURSTS, Math.ceil(count / BURST));
  let sent = 0;
  for (const [block, { data, parity }] of shapes.entries()) {
    for (let index = 0; index < data + parity; index += 1) {
      const turn = Math.floor((sent * bursts) / count);
      sent += 1;
      yield {
        packet: { frame, type, block, blocks, index, data, parity, percentage },
        delay: (turn * SPREAD * interval) / bursts,
      };
    }
  }
}
