#pragma once

#include "objects.h"

namespace earthshine::stand_in {

struct PackedHeader {
  std::vector<std::uint8_t> bytes{};
  std::size_t bits = 0;
};

/// The headers that came with a frame, each as its two parameters.
class PackedHeaders {
 public:
  /// Other parameters are passed over.
  void take(const Buffer& buffer) {
    if (expected_ != nullptr && buffer.type != VAEncPackedHeaderDataBufferType) {
      complaint = "a packed header without its data";
    }
    if (buffer.type == VAEncPackedHeaderParameterBufferType) {
      expected_ = structure_in<VAEncPackedHeaderParameterBuffer>(buffer);
    } else if (buffer.type == VAEncPackedHeaderDataBufferType) {
      take_data(buffer.bytes);
    }
  }

  /// of the slice that comes next
  PackedHeader slice;
  std::vector<std::uint8_t> parameter_sets;
  const char* complaint = nullptr;

 private:
  void take_data(const std::vector<std::uint8_t>& bytes) {
    if (expected_ == nullptr || expected_->has_emulation_bytes == 0 ||
        bytes.size() != (expected_->bit_length + 7) / 8) {
      complaint = "a packed header of another length";
    } else if (expected_->type == VAEncPackedHeaderSlice) {
      slice = {bytes, expected_->bit_length};
    } else {
      if (expected_->bit_length % 8 != 0) complaint = "a parameter set that ends within a byte";
      parameter_sets.insert(parameter_sets.end(), bytes.begin(), bytes.end());
    }
    expected_ = nullptr;
  }

  const VAEncPackedHeaderParameterBuffer* expected_ = nullptr;
};

/// Appends what follows a header whose own bytes have their emulation prevention already.
inline void append_escaped(std::vector<std::uint8_t>& stream,
                           const std::vector<std::uint8_t>& bytes, std::size_t header_bytes) {
  int zeros = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i >= header_bytes && zeros >= 2 && bytes[i] <= 3) {
      stream.push_back(3);
      zeros = 0;
    }
    stream.push_back(bytes[i]);
    zeros = bytes[i] == 0 ? zeros + 1 : 0;
  }
}

}  // namespace earthshine::stand_in
