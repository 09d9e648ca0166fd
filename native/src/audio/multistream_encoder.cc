#include "audio/multistream_encoder.h"

#include <opus/opus_multistream.h>

#include <algorithm>
#include <string>

namespace earthshine {

namespace {

/// Datagram limit of protocol 5 §2 less the RTP header and CBC padding.
constexpr std::size_t kLargestPacket = 1400 - 12 - 16;

/// 0…10. Above 5 the transform codec gains nothing that can be heard at these bitrates, and 7.1 in
/// high quality would cost twice the time.
constexpr int kComplexity = 5;

Fault unusable(const std::string& why) {
  return Fault{"This sound layout cannot be encoded: " + why + "."};
}

}  // namespace

void MultistreamEncoder::Destroy::operator()(OpusMSEncoder* encoder) const {
  opus_multistream_encoder_destroy(encoder);
}

Result<MultistreamEncoder> MultistreamEncoder::open(const OpusLayout& layout) {
  if (layout.channels < 1 || layout.channels > 8) {
    return unusable(std::to_string(layout.channels) + " channels, of 1 to 8");
  }
  if (layout.mapping.size() != static_cast<std::size_t>(layout.channels)) {
    return unusable("the mapping needs one entry for each channel");
  }
  if (layout.packet_duration != 5 && layout.packet_duration != 10) {
    return unusable("packets of " + std::to_string(layout.packet_duration) + " ms, of 5 or 10");
  }
  if (layout.bitrate <= 0 || layout.bitrate > 4'000'000) {
    return unusable(std::to_string(layout.bitrate) + " bit/s");
  }
  const auto bytes = static_cast<std::size_t>(layout.bitrate) *
                     static_cast<std::size_t>(layout.packet_duration) / 8'000;
  if (bytes > kLargestPacket) return unusable("its packets would not fit a datagram");

  int error = OPUS_OK;
  MultistreamEncoder result;
  result.encoder_.reset(opus_multistream_encoder_create(
      kSampleRate, layout.channels, layout.streams, layout.coupled_streams, layout.mapping.data(),
      OPUS_APPLICATION_RESTRICTED_LOWDELAY, &error));
  if (error != OPUS_OK) return unusable(opus_strerror(error));
  OpusMSEncoder* encoder = result.encoder_.get();
  for (const int status : {opus_multistream_encoder_ctl(encoder, OPUS_SET_VBR(0)),
                           opus_multistream_encoder_ctl(encoder, OPUS_SET_BITRATE(layout.bitrate)),
                           opus_multistream_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(kComplexity)),
                           opus_multistream_encoder_ctl(encoder, OPUS_SET_LSB_DEPTH(24))}) {
    if (status != OPUS_OK) return unusable(opus_strerror(status));
  }
  result.channels_ = layout.channels;
  result.frames_ = kSampleRate / 1000 * layout.packet_duration;
  result.packet_.resize(bytes);

  // Whatever this layout cannot do shows with the first packet, and then here instead of in a
  // stream.
  const std::vector<float> silence(static_cast<std::size_t>(result.frames_ * result.channels_));
  if (result.encode(silence).size() != bytes) {
    return unusable("Opus gives packets of another length than " + std::to_string(bytes) +
                    " bytes");
  }
  opus_multistream_encoder_ctl(encoder, OPUS_RESET_STATE);
  return result;
}

std::span<const std::uint8_t> MultistreamEncoder::encode(std::span<const float> samples) {
  if (samples.size() != static_cast<std::size_t>(frames_) * channels_) return {};
  const int written =
      opus_multistream_encode_float(encoder_.get(), samples.data(), frames_, packet_.data(),
                                    static_cast<opus_int32>(packet_.size()));
  return {packet_.data(), static_cast<std::size_t>(std::max(written, 0))};
}

}  // namespace earthshine
