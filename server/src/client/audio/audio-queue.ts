import { AUDIO_MATRIX, parityShard, recover } from '../reed-solomon.ts';
import type { Violations } from '../violations.ts';

const DATA_TYPE = 97;
const PARITY_TYPE = 127;
const RTP_BYTES = 12;
const FEC_BYTES = 24;
const DATA_SHARDS = 4;

/** One audio packet in playing order. */
export interface AudioPacket {
  readonly sequence: number;
  /** as on the wire, sealed or not; absent: lost, to be concealed */
  readonly payload?: Buffer;
  readonly recovered: boolean;
}

export interface AudioCounters {
  packets: number;
  parityPackets: number;
  recovered: number;
  lost: number;
  late: number;
}

interface Block {
  readonly base: number;
  readonly shards: (Buffer | undefined)[];
  readonly recovered: Set<number>;
  /** how many of its packets went out */
  delivered: number;
}

/**
 * Audio datagrams → packets in order (protocol 5 §6): no delay while nothing is missing; a hole waits for parity or
 * for the next block's first packet.
 */
export class AudioQueue {
  readonly counters: AudioCounters = {
    packets: 0,
    parityPackets: 0,
    recovered: 0,
    lost: 0,
    late: 0,
  };
  readonly #duration: number;
  readonly #deliver: (packet: AudioPacket) => void;
  readonly #violations: Violations;
  #block: Block | undefined;
  /** complete, kept to check its parity by */
  #previous: Block | undefined;
  #timestampOffset: number | undefined;
  #begun = false;

  /** @param duration milliseconds per packet, the timestamp's step */
  constructor(duration: number, deliver: (packet: AudioPacket) => void, violations: Violations) {
    this.#duration = duration;
    this.#deliver = deliver;
    this.#violations = violations;
  }

  push(datagram: Buffer): void {
    if (datagram.length <= RTP_BYTES || datagram.length > 1400 || datagram[0] !== 0x80) {
      return this.#violations.report(
        `an audio datagram of ${datagram.length} bytes starts with ${datagram.subarray(0, 2).toString('hex')}`,
      );
    }
    if (datagram[1] === DATA_TYPE) this.#data(datagram);
    else if (datagram[1] === PARITY_TYPE) this.#parity(datagram);
    else this.#violations.report(`audio payload type ${datagram[1]}`);
  }

  #data(datagram: Buffer): void {
    this.counters.packets++;
    const sequence = datagram.readUInt16BE(2);
    const timestamp = datagram.readUInt32BE(4);
    const offset = (timestamp - sequence * this.#duration) >>> 0;
    this.#timestampOffset ??= offset;
    // The 16-bit sequence wraps, the timestamp goes on: 65536 packets further is the same place.
    if ((offset - this.#timestampOffset) % (65536 * this.#duration) !== 0) {
      this.#violations.report(`audio packet ${sequence} has timestamp ${timestamp}`);
    }
    this.#place(sequence & ~3, sequence & 3, datagram.subarray(RTP_BYTES));
  }

  #parity(datagram: Buffer): void {
    this.counters.parityPackets++;
    if (datagram.length <= FEC_BYTES)
      return this.#violations.report('an audio parity packet is too short');
    const index = datagram[12]!;
    const base = datagram.readUInt16BE(14);
    if (index > 1) return this.#violations.report(`audio parity shard ${index}`);
    if (datagram[13] !== DATA_TYPE) this.#violations.report(`audio parity of type ${datagram[13]}`);
    if (base & 3) return this.#violations.report(`audio parity for a block at ${base}`);
    const expected = ((this.#timestampOffset ?? 0) + base * this.#duration) >>> 0;
    if (
      this.#timestampOffset !== undefined &&
      (datagram.readUInt32BE(16) - expected) % (65536 * this.#duration) !== 0
    ) {
      this.#violations.report(
        `audio parity for ${base} has base timestamp ${datagram.readUInt32BE(16)}`,
      );
    }
    const payload = datagram.subarray(FEC_BYTES);
    if (this.#previous?.base === base) return this.#checkParity(this.#previous, index, payload);
    this.#place(base, DATA_SHARDS + index, payload);
  }

  #place(base: number, index: number, payload: Buffer): void {
    const current = this.#block;
    if (current) {
      const ahead = sequenceDistance(base, current.base);
      if (ahead < 0 || (ahead === 0 && current.shards[index])) {
        this.counters.late++;
        return;
      }
      if (ahead > 0) this.#giveUp(current, base);
    } else if (this.#previous && sequenceDistance(base, this.#previous.base) <= 0) {
      this.counters.late++;
      return;
    } else if (this.#previous) {
      this.#skip(this.#previous.base + DATA_SHARDS, base);
    }
    const block = (this.#block ??= {
      base,
      shards: new Array<Buffer | undefined>(6).fill(undefined),
      recovered: new Set(),
      delivered: 0,
    });
    const length = block.shards.find((shard) => shard)?.length;
    if (length !== undefined && length !== payload.length) {
      return this.#violations.report(
        `the audio block at ${base} has payloads of ${length} and ${payload.length} bytes`,
      );
    }
    block.shards[index] = payload;
    this.#advance(block);
  }

  #advance(block: Block): void {
    const missing = block.shards.slice(0, DATA_SHARDS).filter((shard) => !shard).length;
    const parity = block.shards.slice(DATA_SHARDS).filter((shard) => shard).length;
    if (missing > 0 && missing <= parity) {
      for (const index of recover(AUDIO_MATRIX, block.shards) ?? []) {
        block.recovered.add(index);
        this.counters.recovered++;
      }
    }
    while (block.delivered < DATA_SHARDS && block.shards[block.delivered]) this.#next(block);
    if (block.delivered === DATA_SHARDS) {
      this.#previous = block;
      this.#block = undefined;
    }
  }

  #next(block: Block): void {
    const index = block.delivered++;
    const payload = block.shards[index];
    // What was sent before this client could hear it was not lost.
    if (!payload && !this.#begun) return;
    this.#begun = true;
    if (!payload) this.counters.lost++;
    this.#deliver({
      sequence: (block.base + index) & 0xffff,
      recovered: block.recovered.has(index),
      ...(payload && { payload: Buffer.from(payload) }),
    });
  }

  #giveUp(block: Block, nextBase: number): void {
    while (block.delivered < DATA_SHARDS) this.#next(block);
    this.#block = undefined;
    this.#previous = undefined;
    this.#skip(block.base + DATA_SHARDS, nextBase);
  }

  /** Whole blocks that never came. */
  #skip(from: number, to: number): void {
    const count = sequenceDistance(to, from);
    for (let i = 0; i < count; i++) {
      this.counters.lost++;
      this.#deliver({ sequence: (from + i) & 0xffff, recovered: false });
    }
  }

  #checkParity(block: Block, index: number, payload: Buffer): void {
    if (block.shards[DATA_SHARDS + index]) {
      this.counters.late++;
      return;
    }
    const data = block.shards.slice(0, DATA_SHARDS) as Buffer[];
    if (data.some((shard) => shard.length !== payload.length)) {
      return this.#violations.report(
        `audio parity of the block at ${block.base} has another length`,
      );
    }
    if (!payload.equals(parityShard(AUDIO_MATRIX[index]!, data))) {
      this.#violations.report(
        `audio parity ${index} of the block at ${block.base} does not fit the data`,
      );
    }
  }
}

/** a − b of two 16-bit counters, −32768…32767. */
function sequenceDistance(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}
