#pragma once

#include <string>
#include <vector>

#include "encode/encoder.h"

namespace earthshine {

/// What was seen of one encoder when everything was asked of it that a stream asks: for a person
/// who has the GPU and tells us (earthshine verify encoder).
struct EncoderVerification {
  /// Encoder::description()
  std::string description{};
  /// why it could not go on; empty when everything was done
  std::string fault{};
  /// opening it with its warm-up, the first frame, and the frames after it, in milliseconds
  double open_ms = 0, first_ms = 0, median_ms = 0, worst_ms = 0;
  bool first_is_idr = false;
  /// asked for and seen, before and after the change, kbit/s
  int asked_kbps = 0, asked_kbps_later = 0;
  double seen_kbps = 0, seen_kbps_later = 0;
  /// frames between the first and the loss that were IDRs of the encoder's own
  int unasked_idr_frames = 0;
  /// the frame that answered the loss: "predicted from an older frame", "IDR"
  std::string answer_to_loss{};
  /// a keyframe that was asked for came with the next frame
  bool idr_on_demand = false;
  /// the bytes of each frame, in order, and the number of the one that was called lost
  std::vector<std::vector<std::uint8_t>> frames{};
  std::size_t lost = 0;
};

/// Opens the encoder of this name (EncoderKind::name) and drives it for some seconds.
EncoderVerification verify_encoder(const std::string& name, const EncoderSettings& settings);

}  // namespace earthshine
