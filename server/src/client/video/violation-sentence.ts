import type { VideoViolation, VideoViolationCode } from '../../native/receiver-addon.ts';

const hex = (value: number): string => `0x${value.toString(16)}`;

/** What is said after the place; `seen` and `expected` as native/src/receive/violation.h has them. */
const SENTENCES: Record<VideoViolationCode, (violation: VideoViolation) => string> = {
  'packet-size': ({ seen, expected }) => `has ${seen} bytes, announced were ${expected}`,
  'rtp-first-byte': ({ seen }) => `starts with ${hex(seen)}, not 0x90`,
  'block-low-bits': ({ seen }) => `multiFecBlocks ${hex(seen)} has low bits set`,
  'fec-low-bits': ({ seen }) => `fecInfo ${hex(seen)} has low bits set`,
  'frame-zero': () => 'frame index 0 was sent, the first is 1',
  'no-data-shards': () => 'no data shards',
  'too-many-shards': ({ seen, expected }) => `${seen} shards are more than ${expected}`,
  'shard-index': ({ expected }) => `only ${expected} shards in this block`,
  'block-index': ({ expected }) => `last block is ${expected}`,
  flags: ({ seen, expected }) => `flags ${hex(seen)}, expected ${hex(expected)}`,
  'extra-flags': ({ seen }) => `unknown extra flags ${seen}`,
  'multi-fec-flags': ({ seen }) => `multiFecFlags ${seen}`,
  'packet-index': ({ seen, expected }) =>
    `stream packet index ${hex(seen)} and sequence ${expected} differ`,
  'shard-counts-change': () => 'the shard counts change inside the block',
  'block-count-changes': () => 'the block count changes',
  'timestamp-changes': () => 'the timestamp changes',
  'foreign-sequence': ({ seen, expected }) =>
    `its sequence belongs to a block that starts at ${seen}, not at ${expected}`,
  'block-overlaps': ({ seen, expected }) =>
    `the block starts at sequence ${seen}, the block before reaches to ${expected}`,
  'too-little-parity': ({ seen, expected }) =>
    `${seen} parity shards in the block, announced were ${expected}`,
  'recovered-flags': ({ seen, expected }) =>
    `made from parity, it has flags ${hex(seen)}, expected ${hex(expected)}`,
  'recovered-extra-flags': ({ seen }) => `made from parity, it has extra flags ${seen}`,
  'recovered-packet-index': ({ seen, expected }) =>
    `made from parity, it has stream packet index ${hex(seen)}, its sequence is ${expected}`,
  'parity-mismatch': ({ seen }) => `parity shard ${seen} does not fit the data`,
  unopened: () => 'does not open with the session key',
  'nonce-order': ({ seen, expected }) => `nonce ${seen} and ${expected} stand in another order`,
  'nonce-reused': ({ seen }) => `nonce ${seen} was used for two packets`,
  'clear-frame-number': ({ seen, expected }) =>
    `the clear frame number ${seen} is not the frame's ${expected}`,
  'frame-header-start': ({ seen }) => `the frame header starts with ${hex(seen)}`,
  'frame-type': ({ seen }) => `frame type ${seen} is unknown`,
  'last-length': ({ seen, expected }) =>
    `the frame header says ${seen} bytes in the last packet of ${expected}`,
  'header-reserved': () => 'the reserved bytes of the frame header are not zero',
  padding: () => 'its padding is not zero',
  'first-frame-type': () => 'the first frame is no IDR',
  'timestamp-zero': () => 'has timestamp 0, which only the first may have',
  'timestamp-back': ({ seen, expected }) => `the timestamp goes back from ${expected} to ${seen}`,
};

/** Of these the place in the frame is not known or says nothing. */
const WITHOUT_SHARD: ReadonlySet<VideoViolationCode> = new Set([
  'nonce-order',
  'nonce-reused',
  'clear-frame-number',
  'frame-header-start',
  'frame-type',
  'last-length',
  'header-reserved',
  'padding',
  'first-frame-type',
  'timestamp-zero',
  'timestamp-back',
]);

/** A finding of the native receiver, for a person who reads a failed test. */
export function violationSentence(violation: VideoViolation): string {
  const { code, frame, block, shard } = violation;
  const said = SENTENCES[code](violation);
  if (frame === 0) return `a video packet: ${said}`;
  return WITHOUT_SHARD.has(code)
    ? `frame ${frame}: ${said}`
    : `frame ${frame} block ${block} shard ${shard}: ${said}`;
}
