#pragma once

#include <cstdint>
#include <span>

#include "encode/encoder.h"

namespace earthshine {

/// An access unit from its first parameter set or slice on: without the delimiter and the SEI
/// units that a driver may put before it. Parameter sets and the first slice have to lie in the
/// first packet (protocol 4 §3). What stands before an SEI is moved up over it.
std::span<const std::uint8_t> without_delimiters(std::span<std::uint8_t> unit, VideoCodec codec);

}  // namespace earthshine
