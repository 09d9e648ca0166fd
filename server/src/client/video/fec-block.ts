import { cauchyMatrix, parityShard, recover } from '../reed-solomon.ts';
import { expectedFlags, HEADER_BYTES, type VideoPacket } from './packet.ts';

/** One block of a frame while its shards arrive. */
export class FecBlock {
  readonly frameIndex: number;
  readonly index: number;
  readonly lastBlock: number;
  readonly timestamp: number;
  readonly dataShards: number;
  readonly parityShards: number;
  readonly fecPercentage: number;
  readonly firstSequence: number;
  readonly #shards: (Buffer | undefined)[];
  #dataReceived = 0;
  #parityReceived = 0;
  #highest = -1;
  /** data shards that were made from parity */
  recovered: readonly number[] = [];
  /** a shard came after one with a higher number */
  reordered = false;
  parityBeforeData = false;
  complete = false;

  constructor(first: VideoPacket) {
    this.frameIndex = first.frameIndex;
    this.index = first.block;
    this.lastBlock = first.lastBlock;
    this.timestamp = first.timestamp;
    this.dataShards = first.dataShards;
    this.parityShards = first.parityShards;
    this.fecPercentage = first.fecPercentage;
    this.firstSequence = (first.sequence - first.shardIndex) & 0xffff;
    this.#shards = new Array<Buffer | undefined>(this.dataShards + this.parityShards).fill(
      undefined,
    );
  }

  /** What in this packet contradicts the block's first one; `undefined` when nothing does. */
  contradiction(packet: VideoPacket): string | undefined {
    const where = `frame ${this.frameIndex} block ${this.index} shard ${packet.shardIndex}`;
    if (packet.dataShards !== this.dataShards || packet.fecPercentage !== this.fecPercentage) {
      return `${where}: the shard counts change inside the block`;
    }
    if (packet.lastBlock !== this.lastBlock) return `${where}: the block count changes`;
    if (packet.timestamp !== this.timestamp) return `${where}: the timestamp changes`;
    if (((packet.sequence - packet.shardIndex) & 0xffff) !== this.firstSequence) {
      return `${where}: sequence ${packet.sequence} does not belong to a block that starts at ${this.firstSequence}`;
    }
    return undefined;
  }

  /** @returns false for a duplicate */
  add(packet: VideoPacket): boolean {
    const index = packet.shardIndex;
    if (this.#shards[index]) return false;
    this.#shards[index] = packet.shard;
    if (index < this.dataShards) {
      this.#dataReceived++;
      if (this.#parityReceived > 0) this.parityBeforeData = true;
    } else {
      this.#parityReceived++;
    }
    if (index < this.#highest) this.reordered = true;
    this.#highest = Math.max(this.#highest, index);
    return true;
  }

  /** Any k of the k + m shards are enough. */
  get enough(): boolean {
    return this.#dataReceived + this.#parityReceived >= this.dataShards;
  }

  get missingBeforeHighest(): number {
    return this.#highest + 1 - this.#dataReceived - this.#parityReceived;
  }

  get dataReceived(): number {
    return this.#dataReceived;
  }

  get parityReceived(): number {
    return this.#parityReceived;
  }

  get highestSequence(): number {
    return (this.firstSequence + Math.max(0, this.#highest)) & 0xffff;
  }

  get nextContiguousSequence(): number {
    let index = 0;
    while (index < this.#shards.length && this.#shards[index]) index++;
    return (this.firstSequence + index) & 0xffff;
  }

  /**
   * Makes the missing data shards from parity.
   *
   * @returns a sentence when what came out cannot be what the host sent
   */
  finish(): string | undefined {
    this.complete = true;
    if (this.#dataReceived === this.dataShards) return undefined;
    const recovered = recover(cauchyMatrix(this.dataShards, this.parityShards), this.#shards);
    if (!recovered) return 'a block was finished with too few shards';
    this.recovered = recovered;
    for (const index of recovered) {
      const fault = this.#checkRecovered(index);
      if (fault) return fault;
    }
    return undefined;
  }

  /** The columns that a client reads in a recovered shard must be exact (protocol 4 §5). */
  #checkRecovered(index: number): string | undefined {
    const shard = Buffer.from(
      this.#shards[index]!.buffer,
      this.#shards[index]!.byteOffset,
      this.#shards[index]!.length,
    );
    this.#shards[index] = shard;
    const where = `frame ${this.frameIndex} block ${this.index}: recovered shard ${index}`;
    if (shard[24] !== expectedFlags(index, this.dataShards))
      return `${where} has flags ${shard[24]}`;
    if (shard[25]! & ~0x01) return `${where} has extra flags ${shard[25]}`;
    const sequence = (this.firstSequence + index) & 0xffff;
    if (((shard.readUInt32LE(16) >>> 8) & 0xffff) !== sequence) {
      return `${where} has stream packet index 0x${shard.readUInt32LE(16).toString(16)}, its sequence is ${sequence}`;
    }
    return undefined;
  }

  /** Payload of every data shard in order; only once the block is complete. */
  payloads(): Buffer[] {
    return this.#shards.slice(0, this.dataShards).map((shard) => shard!.subarray(HEADER_BYTES));
  }

  /**
   * Whether a parity shard says what the data says, in every column that a client may rely on.
   *
   * @param packet a parity packet of this block, which is complete
   */
  parityFits(packet: VideoPacket): boolean {
    const row = cauchyMatrix(this.dataShards, this.parityShards)[
      packet.shardIndex - this.dataShards
    ]!;
    const expected = parityShard(row, this.#shards.slice(0, this.dataShards) as Buffer[]);
    const same = (from: number, to: number): boolean =>
      packet.shard.subarray(from, to).equals(expected.subarray(from, to));
    return same(16, 20) && same(24, 26) && same(HEADER_BYTES, expected.length);
  }
}
