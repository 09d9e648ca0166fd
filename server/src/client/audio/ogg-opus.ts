import type { OpusLayout } from '../../gamestream/stream-config.ts';

/** Samples at 48 kHz that a decoder throws away at the start; none here, every packet counts. */
const PRE_SKIP = 0;
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  let value = i << 24;
  for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ (value & 0x80000000 ? 0x04c11db7 : 0);
  return value >>> 0;
});

/** Writes Opus packets into an Ogg stream (RFC 7845), one page a packet, so that any decoder can read them. */
export class OggOpusWriter {
  readonly #serial: number;
  #page = 0;
  #granule = 0n;

  constructor(serial = 1) {
    this.#serial = serial;
  }

  /**
   * The two header pages. More than two channels use mapping family 255: channels come out in the order of the
   * layout, nothing is rearranged.
   */
  headers(layout: Pick<OpusLayout, 'channels' | 'streams' | 'coupledStreams' | 'mapping'>): Buffer {
    const head = Buffer.alloc(19);
    head.write('OpusHead', 'ascii');
    head[8] = 1;
    head[9] = layout.channels;
    head.writeUInt16LE(PRE_SKIP, 10);
    head.writeUInt32LE(48_000, 12);
    const family = layout.channels > 2 ? 255 : 0;
    head[18] = family;
    const mapping = family
      ? Buffer.from([layout.streams, layout.coupledStreams, ...layout.mapping])
      : Buffer.alloc(0);
    const tags = Buffer.concat([Buffer.from('OpusTags', 'ascii'), Buffer.alloc(8)]);
    return Buffer.concat([this.#write(Buffer.concat([head, mapping]), 2), this.#write(tags, 0)]);
  }

  /** @param samples per channel at 48 kHz */
  packet(opus: Buffer, samples: number, last = false): Buffer {
    this.#granule += BigInt(samples);
    return this.#write(opus, last ? 4 : 0);
  }

  #write(packet: Buffer, flags: number): Buffer {
    const lacing = [
      ...new Array<number>(Math.floor(packet.length / 255)).fill(255),
      packet.length % 255,
    ];
    if (lacing.length > 255) throw new RangeError('an Opus packet does not fit one page');
    const header = Buffer.alloc(27);
    header.write('OggS', 'ascii');
    header[5] = flags;
    header.writeBigUInt64LE(this.#granule, 6);
    header.writeUInt32LE(this.#serial, 14);
    header.writeUInt32LE(this.#page++, 18);
    header[26] = lacing.length;
    const page = Buffer.concat([header, Buffer.from(lacing), packet]);
    page.writeUInt32LE(checksum(page), 22);
    return page;
  }
}

function checksum(page: Buffer): number {
  let crc = 0;
  for (const byte of page) crc = ((crc << 8) ^ CRC_TABLE[((crc >>> 24) ^ byte) & 0xff]!) >>> 0;
  return crc;
}
