#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace earthshine::test {

struct Unit {
  int type;
  /// from the start code on
  std::size_t offset;
  std::vector<std::uint8_t> payload;  // with emulation prevention removed, header byte first
};

/// The units of an Annex B stream, in order.
inline std::vector<Unit> units(std::span<const std::uint8_t> bytes) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i + 3 < bytes.size(); ++i) {
    if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1) starts.push_back(i);
  }
  std::vector<Unit> result;
  for (std::size_t n = 0; n < starts.size(); ++n) {
    const std::size_t end = n + 1 < starts.size() ? starts[n + 1] : bytes.size();
    Unit unit{bytes[starts[n] + 3] & 31, starts[n], {}};
    for (std::size_t i = starts[n] + 3; i < end; ++i) {
      if (bytes[i] == 3 && unit.payload.size() >= 2 && unit.payload.back() == 0 &&
          unit.payload[unit.payload.size() - 2] == 0) {
        continue;
      }
      unit.payload.push_back(bytes[i]);
    }
    result.push_back(unit);
  }
  return result;
}

/// Bits and Exp-Golomb numbers (H.264 §9.1).
class Bits {
 public:
  explicit Bits(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  std::uint32_t u(int count) {
    std::uint32_t value = 0;
    while (count-- > 0) {
      const std::uint32_t byte = position_ / 8 < bytes_.size() ? bytes_[position_ / 8] : 0;
      value = value << 1 | (byte >> (7 - position_ % 8) & 1);
      ++position_;
    }
    return value;
  }
  std::uint32_t ue() {
    int zeros = 0;
    while (u(1) == 0 && zeros < 31) ++zeros;
    return (1U << zeros) - 1 + u(zeros);
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t position_ = 0;
};

struct SequenceParameters {
  unsigned profile, level, chroma = 1, reference_frames = 0, width_blocks = 0;
  bool vui = false;
  bool full_range = false;
  unsigned primaries = 2, transfer = 2, matrix = 2;
  unsigned chroma_location = 0;
  unsigned reorder_frames = 99, frame_buffers = 99;
};

/// H.264 §7.3.2.1.1 and Annex E, as far as High profiles without scaling lists need it.
inline SequenceParameters parse_sps(const Unit& unit) {
  Bits bits(std::span(unit.payload).subspan(1));
  SequenceParameters sps{};
  sps.profile = bits.u(8);
  bits.u(8);
  sps.level = bits.u(8);
  bits.ue();
  if (sps.profile == 100 || sps.profile == 244) {
    sps.chroma = bits.ue();
    if (sps.chroma == 3) bits.u(1);
    bits.ue();
    bits.ue();
    bits.u(2);
  }
  bits.ue();
  if (bits.ue() == 0) bits.ue();
  sps.reference_frames = bits.ue();
  bits.u(1);
  sps.width_blocks = bits.ue() + 1;
  bits.ue();
  if (bits.u(1) == 0) bits.u(1);
  bits.u(1);
  if (bits.u(1) != 0) {
    for (int i = 0; i < 4; ++i) bits.ue();
  }
  sps.vui = bits.u(1) != 0;
  if (!sps.vui) return sps;
  if (bits.u(1) != 0 && bits.u(8) == 255) bits.u(32);
  if (bits.u(1) != 0) bits.u(1);
  if (bits.u(1) != 0) {
    bits.u(3);
    sps.full_range = bits.u(1) != 0;
    if (bits.u(1) != 0) {
      sps.primaries = bits.u(8);
      sps.transfer = bits.u(8);
      sps.matrix = bits.u(8);
    }
  }
  if (bits.u(1) != 0) {
    sps.chroma_location = bits.ue();
    bits.ue();
  }
  if (bits.u(1) != 0) {
    bits.u(32);
    bits.u(32);
    bits.u(1);
  }
  const bool nal = bits.u(1) != 0;
  const bool vcl = bits.u(1) != 0;
  if (nal || vcl) return sps;  // not expected; the test fails on reorder_frames
  bits.u(1);
  if (bits.u(1) != 0) {
    bits.u(1);
    for (int i = 0; i < 4; ++i) bits.ue();
    sps.reorder_frames = bits.ue();
    sps.frame_buffers = bits.ue();
  }
  return sps;
}

}  // namespace earthshine::test
