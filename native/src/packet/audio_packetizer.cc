#include "packet/audio_packetizer.h"

#include <cstring>

#include "packet/byte_order.h"
#include "packet/reed_solomon.h"

namespace earthshine {

namespace {

constexpr std::size_t kRtpBytes = 12, kParityHeaderBytes = 24, kCipherBlock = 16;
constexpr std::size_t kMaxDatagram = 1400;
constexpr std::uint8_t kRtpVersion = 0x80, kDataType = 97, kParityType = 127;
/// A slot is room for a header, then an aligned payload.
constexpr std::size_t kHeaderRoom = 64;
constexpr std::size_t kSlotBytes = kHeaderRoom + 1472;
static_assert(kSlotBytes % 64 == 0 && kHeaderRoom >= kParityHeaderBytes);

void write_rtp(std::uint8_t* at, std::uint8_t type, std::uint16_t sequence,
               std::uint32_t timestamp) {
  at[0] = kRtpVersion;
  at[1] = type;
  put16be(at + 2, sequence);
  put32be(at + 4, timestamp);
  put32le(at + 8, 0);
}

}  // namespace

AudioPacketizer::AudioPacketizer(const std::optional<std::array<std::uint8_t, 16>>& key,
                                 std::uint32_t key_id)
    : context_(key ? make_cipher_context(EVP_aes_128_cbc(), key->data()) : nullptr),
      key_id_(key_id),
      arena_((kData + kParity) * kSlotBytes) {}

std::uint8_t* AudioPacketizer::payload(std::size_t slot) const {
  return arena_.data() + slot * kSlotBytes + kHeaderRoom;
}

std::optional<std::size_t> AudioPacketizer::write_payload(std::span<const std::uint8_t> opus,
                                                          std::uint16_t sequence,
                                                          std::uint8_t* payload) {
  if (!context_) {
    std::memcpy(payload, opus.data(), opus.size());
    return opus.size();
  }
  std::array<std::uint8_t, kCipherBlock> iv{};
  put32be(iv.data(), key_id_ + sequence);
  int written = 0;
  int padded = 0;
  if (EVP_EncryptInit_ex(context_.get(), nullptr, nullptr, nullptr, iv.data()) != 1 ||
      EVP_EncryptUpdate(context_.get(), payload, &written, opus.data(),
                        static_cast<int>(opus.size())) != 1 ||
      EVP_EncryptFinal_ex(context_.get(), payload + written, &padded) != 1) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(written + padded);
}

AudioPacketizer::Datagrams AudioPacketizer::packetize(std::span<const std::uint8_t> opus,
                                                      std::uint16_t sequence,
                                                      std::uint32_t timestamp) {
  const std::size_t slot = sequence % kData;
  // A block counts only from its first packet on, and without a gap.
  if (slot == 0) {
    filled_ = 0;
    base_sequence_ = sequence;
    base_timestamp_ = timestamp;
  }
  const bool continues =
      filled_ == slot && static_cast<std::uint16_t>(base_sequence_ + slot) == sequence;
  const std::size_t sealed_bytes =
      context_ ? (opus.size() / kCipherBlock + 1) * kCipherBlock : opus.size();
  if (opus.empty() || kRtpBytes + sealed_bytes > kMaxDatagram) {
    filled_ = 0;
    return {};
  }
  const auto bytes = write_payload(opus, sequence, payload(slot));
  if (!bytes) {
    filled_ = 0;
    return {};
  }

  Datagrams datagrams;
  const auto add = [&](std::size_t of, std::size_t header) {
    datagrams.each[datagrams.count++] = {payload(of) - header, header + *bytes};
  };
  write_rtp(payload(slot) - kRtpBytes, kDataType, sequence, timestamp);
  add(slot, kRtpBytes);

  if (slot == 0) block_bytes_ = *bytes;
  const bool equal = *bytes == block_bytes_;
  filled_ = continues && equal ? slot + 1 : 0;
  if (filled_ < kData || kParityHeaderBytes + *bytes > kMaxDatagram) return datagrams;

  encode_audio_parity({.data = payload(0),
                       .data_stride = kSlotBytes,
                       .parity = payload(kData),
                       .parity_stride = kSlotBytes,
                       .length = *bytes});
  for (std::size_t index = 0; index < kParity; ++index) {
    std::uint8_t* header = payload(kData + index) - kParityHeaderBytes;
    write_rtp(header, kParityType, static_cast<std::uint16_t>(sequence + 1 + index), 0);
    header[12] = static_cast<std::uint8_t>(index);
    header[13] = kDataType;
    put16be(header + 14, base_sequence_);
    put32be(header + 16, base_timestamp_);
    put32le(header + 20, 0);
    add(kData + index, kParityHeaderBytes);
  }
  return datagrams;
}

}  // namespace earthshine
