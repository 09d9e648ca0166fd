#include "receive/frame_header.h"

#include "packet/byte_order.h"

namespace earthshine {

namespace {

constexpr std::uint8_t kShortHeader = 0x01;

bool known(std::uint8_t type) {
  switch (static_cast<FrameType>(type)) {
    case FrameType::kPredicted:
    case FrameType::kIdr:
    case FrameType::kIntraRefresh:
    case FrameType::kAfterInvalidation:
      return true;
  }
  return false;
}

}  // namespace

std::optional<FrameHeader> parse_frame_header(std::span<const std::uint8_t> payload,
                                              Violation& violation) {
  const auto wrong = [&](ViolationCode code, std::uint64_t seen, std::uint64_t expected) {
    violation.code = code;
    violation.seen = seen;
    violation.expected = expected;
    return std::nullopt;
  };
  if (payload.size() < kFrameHeaderBytes) {
    return wrong(ViolationCode::kLastLength, 0, payload.size());
  }
  if (payload[0] != kShortHeader) {
    return wrong(ViolationCode::kFrameHeaderStart, payload[0], kShortHeader);
  }
  if (!known(payload[3])) return wrong(ViolationCode::kFrameType, payload[3], 0);
  const std::size_t last_length = get16le(&payload[4]);
  if (last_length < 1 || last_length > payload.size()) {
    return wrong(ViolationCode::kLastLength, last_length, payload.size());
  }
  if (get16le(&payload[6]) != 0) {
    return wrong(ViolationCode::kHeaderReserved, get16le(&payload[6]), 0);
  }
  return FrameHeader{static_cast<FrameType>(payload[3]), get16le(&payload[1]), last_length};
}

}  // namespace earthshine
