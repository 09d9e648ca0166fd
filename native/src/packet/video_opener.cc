#include "packet/video_opener.h"

#include "packet/byte_order.h"
#include "packet/cipher_context.h"
#include "packet/video_sealer.h"

namespace earthshine {

namespace {

/// Three zero bytes and 'V' behind the counter.
constexpr std::uint32_t kVideoIvEnd = 0x56000000;

}  // namespace

struct VideoOpener::Implementation {
  CipherContext context;
};

VideoOpener::VideoOpener(const std::array<std::uint8_t, 16>& key)
    : implementation_(
          std::make_unique<Implementation>(Implementation{CipherContext(EVP_CIPHER_CTX_new())})) {
  EVP_CIPHER_CTX* context = implementation_->context.get();
  if (!context ||
      EVP_DecryptInit_ex(context, EVP_aes_128_gcm(), nullptr, key.data(), nullptr) != 1) {
    throw std::bad_alloc();
  }
}

VideoOpener::~VideoOpener() = default;

std::optional<OpenedDatagram> VideoOpener::open(std::span<std::uint8_t> datagram) {
  if (datagram.size() <= kSealBytes || get32le(datagram.data() + 8) != kVideoIvEnd) {
    return std::nullopt;
  }
  const OpenedDatagram opened{.counter = get64le(datagram.data()),
                              .frame_number = get32le(datagram.data() + 12),
                              .tag = get64le(datagram.data() + 16),
                              .shard = datagram.subspan(kSealBytes)};
  EVP_CIPHER_CTX* context = implementation_->context.get();
  std::uint8_t* const text = opened.shard.data();
  int written = 0;
  int final_written = 0;
  if (EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, datagram.data()) != 1 ||
      EVP_DecryptUpdate(context, text, &written, text, static_cast<int>(opened.shard.size())) !=
          1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, datagram.data() + 16) != 1 ||
      EVP_DecryptFinal_ex(context, text + written, &final_written) != 1) {
    return std::nullopt;
  }
  return opened;
}

}  // namespace earthshine
