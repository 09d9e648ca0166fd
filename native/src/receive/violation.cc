#include "receive/violation.h"

#include <array>

namespace earthshine {

namespace {

constexpr std::array<const char*, kViolationCodes> kNames = {
    "packet-size",
    "rtp-first-byte",
    "block-low-bits",
    "fec-low-bits",
    "frame-zero",
    "no-data-shards",
    "too-many-shards",
    "shard-index",
    "block-index",
    "flags",
    "extra-flags",
    "multi-fec-flags",
    "packet-index",
    "shard-counts-change",
    "block-count-changes",
    "timestamp-changes",
    "foreign-sequence",
    "block-overlaps",
    "too-little-parity",
    "recovered-flags",
    "recovered-extra-flags",
    "recovered-packet-index",
    "parity-mismatch",
    "unopened",
    "nonce-order",
    "nonce-reused",
    "clear-frame-number",
    "frame-header-start",
    "frame-type",
    "last-length",
    "header-reserved",
    "padding",
    "first-frame-type",
    "timestamp-zero",
    "timestamp-back",
};
static_assert(kNames.back() != nullptr);

}  // namespace

const char* violation_name(ViolationCode code) {
  return kNames[static_cast<std::size_t>(code)];
}

}  // namespace earthshine
