import type { Violations } from '../violations.ts';
import { FecBlock } from './fec-block.ts';
import { sequenceDistance, type VideoPacket } from './packet.ts';

/** A frame as the packets gave it: frame header in front, zero padding behind. */
export interface AssembledFrame {
  readonly index: number;
  /** 90 kHz */
  readonly timestamp: number;
  /** payload of each data shard, all blocks */
  readonly payloads: readonly Buffer[];
  readonly blocks: number;
  /** data shards made from parity */
  readonly recoveredShards: number;
  /** when its first packet came, in the receiver's clock */
  readonly firstPacketAt: number;
  readonly completedAt: number;
}

export interface AssemblerEvents {
  frame(frame: AssembledFrame): void;
  /** frames first…last can not be had any more */
  lost(first: number, last: number): void;
  /** a block that needed parity, or was given up */
  damaged(block: FecBlock): void;
}

export interface AssemblerCounters {
  packets: number;
  /** holes in the sequence numbers, less those that came late */
  missingPackets: number;
  duplicates: number;
  /** packets that came after a higher sequence number */
  outOfOrder: number;
  /** packets of a block or frame that was finished or given up */
  late: number;
  parityPackets: number;
  recoveredShards: number;
  recoveredBlocks: number;
  lostBlocks: number;
  lostFrames: number;
}

/** `x-nv-vqos[0].fec.minRequiredFecPackets` of every stock client. */
const MIN_PARITY = 2;

/**
 * Packets → frames, by the rules of the stock client's receive queue (protocol 4 §7): one block is in assembly, a
 * packet of a later block or frame gives it up, whatever comes for an earlier one is too late.
 */
export class FrameAssembler {
  readonly counters: AssemblerCounters = {
    packets: 0,
    missingPackets: 0,
    duplicates: 0,
    outOfOrder: 0,
    late: 0,
    parityPackets: 0,
    recoveredShards: 0,
    recoveredBlocks: 0,
    lostBlocks: 0,
    lostFrames: 0,
  };
  readonly #events: AssemblerEvents;
  readonly #violations: Violations;
  /** the frame that is being received or was received last */
  #frame = 0;
  #frameFinished = true;
  #rejected = false;
  #block: FecBlock | undefined;
  #payloads: Buffer[] = [];
  #recoveredInFrame = 0;
  #firstPacketAt = 0;
  #highestSequence: number | undefined;
  /** first sequence number behind the block that was begun last */
  #blockEnd: number | undefined;

  constructor(events: AssemblerEvents, violations: Violations) {
    this.#events = events;
    this.#violations = violations;
  }

  /** @param now in the clock that frames shall be stamped with */
  push(packet: VideoPacket, now: number): void {
    this.counters.packets++;
    if (packet.shardIndex >= packet.dataShards) this.counters.parityPackets++;
    this.#followSequence(packet);

    const ahead = packet.frameIndex - this.#frame;
    if (ahead > 0) this.#beginFrame(packet, now);
    else if (ahead < 0) return this.#late();

    const block = this.#block;
    if (block && packet.block === block.index) return this.#addTo(block, packet, now);
    if (block && packet.block < block.index) return this.#late();
    this.#beginBlock(packet, now);
  }

  #beginFrame(packet: VideoPacket, now: number): void {
    if (!this.#frameFinished) this.#giveUpFrame();
    if (packet.frameIndex > this.#frame + 1) {
      this.#lose(this.#frame + 1, packet.frameIndex - 1);
    }
    this.#frame = packet.frameIndex;
    this.#frameFinished = false;
    this.#rejected = false;
    this.#block = undefined;
    this.#payloads = [];
    this.#recoveredInFrame = 0;
    this.#firstPacketAt = now;
  }

  #beginBlock(packet: VideoPacket, now: number): void {
    const previous = this.#block;
    const skipped = packet.block > (previous ? previous.index + 1 : 0);
    if (previous && !previous.complete) {
      this.counters.lostBlocks++;
      this.#events.damaged(previous);
    }
    if (skipped || (previous && !previous.complete)) this.#rejectFrame();
    if (previous && packet.lastBlock !== previous.lastBlock) {
      this.#violations.report(`frame ${packet.frameIndex}: the block count changes`);
    }
    if (previous && packet.timestamp !== previous.timestamp) {
      this.#violations.report(`frame ${packet.frameIndex}: the timestamp changes`);
    }
    this.#block = new FecBlock(packet);
    this.#checkPlace(this.#block);
    this.#addTo(this.#block, packet, now);
  }

  /** A block takes data + parity numbers, whose count the client works out by itself; going back is not allowed. */
  #checkPlace(block: FecBlock): void {
    const where = `frame ${block.frameIndex} block ${block.index}`;
    if (this.#blockEnd !== undefined && sequenceDistance(block.firstSequence, this.#blockEnd) < 0) {
      this.#violations.report(
        `${where} starts at sequence ${block.firstSequence}, the block before reaches to ${this.#blockEnd}`,
      );
    }
    this.#blockEnd = (block.firstSequence + block.dataShards + block.parityShards) & 0xffff;
    if (block.fecPercentage > 0 && block.parityShards < MIN_PARITY) {
      this.#violations.report(
        `${where} has ${block.parityShards} parity shards, announced were ${MIN_PARITY}`,
      );
    }
  }

  #addTo(block: FecBlock, packet: VideoPacket, now: number): void {
    const contradiction = block.contradiction(packet);
    if (contradiction) return this.#violations.report(contradiction);
    if (block.complete) return this.#afterCompletion(block, packet);
    if (!block.add(packet)) {
      this.counters.duplicates++;
      return;
    }
    if (block.enough) this.#finishBlock(block, now);
  }

  /** What arrives once a block is complete is of no use to the picture, but parity can still be checked. */
  #afterCompletion(block: FecBlock, packet: VideoPacket): void {
    const parity = packet.shardIndex - block.dataShards;
    if (parity < 0) return this.#late();
    // One parity shard a block, another one each frame: all of them would cost more than the decoder.
    if (parity === block.frameIndex % block.parityShards && !block.parityFits(packet)) {
      this.#violations.report(
        `frame ${block.frameIndex} block ${block.index}: parity shard ${parity} does not fit the data`,
      );
    }
  }

  #finishBlock(block: FecBlock, now: number): void {
    const fault = block.finish();
    if (fault) this.#violations.report(fault);
    if (block.parityBeforeData && !block.reordered) {
      this.#violations.report(`frame ${block.frameIndex}: parity overtook data`);
    }
    if (block.recovered.length > 0) {
      this.counters.recoveredBlocks++;
      this.counters.recoveredShards += block.recovered.length;
      this.#recoveredInFrame += block.recovered.length;
      this.#events.damaged(block);
    }
    this.#payloads.push(...block.payloads());
    if (block.index !== block.lastBlock || this.#rejected) return;
    this.#frameFinished = true;
    this.#events.frame({
      index: this.#frame,
      timestamp: block.timestamp,
      payloads: this.#payloads,
      blocks: block.lastBlock + 1,
      recoveredShards: this.#recoveredInFrame,
      firstPacketAt: this.#firstPacketAt,
      completedAt: now,
    });
  }

  #giveUpFrame(): void {
    if (this.#block && !this.#block.complete) {
      this.counters.lostBlocks++;
      this.#events.damaged(this.#block);
    }
    this.#rejectFrame();
  }

  /** The frame misses a block for good; said once. */
  #rejectFrame(): void {
    if (this.#rejected) return;
    this.#rejected = true;
    this.#frameFinished = true;
    this.#lose(this.#frame, this.#frame);
  }

  #lose(first: number, last: number): void {
    this.counters.lostFrames += last - first + 1;
    this.#events.lost(first, last);
  }

  #late(): void {
    this.counters.late++;
  }

  #followSequence(packet: VideoPacket): void {
    const highest = this.#highestSequence;
    if (highest === undefined) {
      this.#highestSequence = packet.sequence;
      return;
    }
    const step = sequenceDistance(packet.sequence, highest);
    if (step > 0) {
      this.counters.missingPackets += step - 1;
      this.#highestSequence = packet.sequence;
    } else {
      this.counters.outOfOrder++;
      if (step < 0) this.counters.missingPackets--;
    }
  }
}
