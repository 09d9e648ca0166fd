/** Bytes in front of `packetSize`: RTP header and reserved (protocol 4 §2). */
export const RTP_BYTES = 16;
/** RTP, reserved and NV header: where the payload of a shard starts. */
export const HEADER_BYTES = 32;
/** IV, frame number and tag in front of a sealed shard (protocol 4 §6). */
export const SEAL_BYTES = 32;

export const FLAG_PICTURE = 0x01;
export const FLAG_END = 0x02;
export const FLAG_START = 0x04;

/** One video packet's header, as numbers; the shard itself beside it. */
export interface VideoPacket {
  readonly sequence: number;
  /** 90 kHz */
  readonly timestamp: number;
  readonly streamPacketIndex: number;
  readonly frameIndex: number;
  readonly flags: number;
  readonly extraFlags: number;
  readonly multiFecFlags: number;
  readonly block: number;
  readonly lastBlock: number;
  readonly dataShards: number;
  /** follows from the percentage as the client computes it */
  readonly parityShards: number;
  readonly shardIndex: number;
  readonly fecPercentage: number;
  readonly shard: Buffer;
}

/**
 * Reads one opened shard.
 *
 * @returns the packet, or a sentence about what is wrong with it
 */
export function parseVideoPacket(shard: Buffer, packetSize: number): VideoPacket | string {
  if (shard.length !== packetSize + RTP_BYTES) {
    return `a video packet has ${shard.length} bytes, announced were ${packetSize + RTP_BYTES}`;
  }
  if (shard[0] !== 0x90) return `a video packet starts with 0x${shard[0]!.toString(16)}, not 0x90`;
  const fecInfo = shard.readUInt32LE(28);
  const blocks = shard[27]!;
  if (blocks & 0x0f) return `multiFecBlocks 0x${blocks.toString(16)} has low bits set`;
  if (fecInfo & 0x0f) return `fecInfo 0x${fecInfo.toString(16)} has low bits set`;
  const dataShards = fecInfo >>> 22;
  const fecPercentage = (fecInfo >>> 4) & 0xff;
  const packet: VideoPacket = {
    sequence: shard.readUInt16BE(2),
    timestamp: shard.readUInt32BE(4),
    streamPacketIndex: shard.readUInt32LE(16),
    frameIndex: shard.readUInt32LE(20),
    flags: shard[24]!,
    extraFlags: shard[25]!,
    multiFecFlags: shard[26]!,
    block: (blocks >> 4) & 3,
    lastBlock: blocks >> 6,
    dataShards,
    parityShards: Math.floor((dataShards * fecPercentage + 99) / 100),
    shardIndex: (fecInfo >>> 12) & 0x3ff,
    fecPercentage,
    shard,
  };
  return checkNumbers(packet) ?? packet;
}

function checkNumbers(packet: VideoPacket): string | undefined {
  const { dataShards, parityShards, shardIndex, frameIndex } = packet;
  const where = `frame ${frameIndex} block ${packet.block} shard ${shardIndex}`;
  if (frameIndex === 0) return 'frame index 0 was sent, the first is 1';
  if (dataShards === 0) return `${where}: no data shards`;
  if (parityShards > 0 && dataShards + parityShards > 255) {
    return `${where}: ${dataShards} + ${parityShards} shards are more than 255`;
  }
  if (shardIndex >= dataShards + parityShards) {
    return `${where}: only ${dataShards} + ${parityShards} shards in this block`;
  }
  if (packet.block > packet.lastBlock) return `${where}: last block is ${packet.lastBlock}`;
  if (shardIndex >= dataShards) return undefined;
  return checkDataShard(packet, where);
}

/** Flags and counters of a data shard; in parity they are parity bytes and look random. */
function checkDataShard(packet: VideoPacket, where: string): string | undefined {
  const flags = expectedFlags(packet.shardIndex, packet.dataShards);
  if (packet.flags !== flags) {
    return `${where} of ${packet.dataShards}: flags 0x${packet.flags.toString(16)}, expected 0x${flags.toString(16)}`;
  }
  if (packet.extraFlags & ~0x01) return `${where}: unknown extra flags ${packet.extraFlags}`;
  if (packet.multiFecFlags !== 0x10) return `${where}: multiFecFlags ${packet.multiFecFlags}`;
  if (
    packet.streamPacketIndex & 0xff ||
    ((packet.streamPacketIndex >>> 8) & 0xffff) !== packet.sequence
  ) {
    return `${where}: stream packet index 0x${packet.streamPacketIndex.toString(16)} and sequence ${packet.sequence} differ`;
  }
  return undefined;
}

/** SOF on the first, EOF on the last data shard of every block (protocol 4 §2). */
export function expectedFlags(shardIndex: number, dataShards: number): number {
  return (
    FLAG_PICTURE |
    (shardIndex === 0 ? FLAG_START : 0) |
    (shardIndex === dataShards - 1 ? FLAG_END : 0)
  );
}

/** a − b of two 16-bit counters, −32768…32767. */
export function sequenceDistance(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}
