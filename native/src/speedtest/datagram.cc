#include "speedtest/datagram.h"

#include <openssl/crypto.h>

#include <cstring>

#include "packet/byte_order.h"

namespace earthshine {

namespace {

constexpr std::size_t kHeaderBytes = 24, kTagBytes = 16;
constexpr std::size_t kFillerAt = kHeaderBytes + kTagBytes;
/// No test sends so many, and no machine runs so long (73 years); what is reckoned with them cannot
/// overflow.
constexpr std::uint64_t kSequences = std::uint64_t{1} << 40;
constexpr Nanoseconds kLatest = Nanoseconds{1} << 61;

template <typename T>
T read_le(const std::uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

}  // namespace

SpeedTestSeal::SpeedTestSeal(const std::array<std::uint8_t, 16>& key)
    : context_(make_cipher_context(EVP_aes_128_gcm(), key.data())) {}

bool SpeedTestSeal::tag(const std::uint8_t* datagram, std::uint8_t* tag) {
  std::array<std::uint8_t, 12> nonce{};
  std::memcpy(nonce.data(), datagram, 8);
  nonce[11] = 'S';
  EVP_CIPHER_CTX* context = context_.get();
  int written = 0;
  // Nothing is encrypted: the bytes mean nothing, they only must be the host's.
  return EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, nonce.data()) == 1 &&
         EVP_EncryptUpdate(context, nullptr, &written, datagram, kHeaderBytes) == 1 &&
         EVP_EncryptUpdate(context, nullptr, &written, datagram + kFillerAt,
                           kSpeedTestDatagramBytes - kFillerAt) == 1 &&
         EVP_EncryptFinal_ex(context, tag, &written) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag) == 1;
}

bool SpeedTestSeal::write(const SpeedTestHeader& header, Datagram datagram) {
  std::uint8_t* const at = datagram.data();
  put64le(at, header.sequence);
  put64le(at + 8, static_cast<std::uint64_t>(header.sent));
  put32le(at + 16, header.step);
  put32le(at + 20, 0);
  return tag(at, at + kHeaderBytes);
}

std::optional<SpeedTestHeader> SpeedTestSeal::read(std::span<const std::uint8_t> datagram) {
  if (datagram.size() != kSpeedTestDatagramBytes) return std::nullopt;
  const std::uint8_t* const at = datagram.data();
  const SpeedTestHeader header{.sequence = read_le<std::uint64_t>(at),
                               .sent = read_le<std::int64_t>(at + 8),
                               .step = read_le<std::uint32_t>(at + 16)};
  const bool possible = header.sequence < kSequences && header.sent >= 0 && header.sent < kLatest &&
                        header.step < kSpeedTestSteps && read_le<std::uint32_t>(at + 20) == 0;
  if (!possible) return std::nullopt;
  std::array<std::uint8_t, kTagBytes> expected{};
  if (!tag(at, expected.data()) ||
      CRYPTO_memcmp(expected.data(), at + kHeaderBytes, kTagBytes) != 0) {
    return std::nullopt;
  }
  return header;
}

}  // namespace earthshine
