#include "packet/video_sealer.h"

#include "packet/byte_order.h"
#include "packet/cipher_context.h"

namespace earthshine {

struct VideoSealer::Implementation {
  CipherContext context;
};

VideoSealer::VideoSealer(const std::array<std::uint8_t, 16>& key)
    : implementation_(std::make_unique<Implementation>(
          Implementation{make_cipher_context(EVP_aes_128_gcm(), key.data())})) {}

VideoSealer::~VideoSealer() = default;

bool VideoSealer::seal(std::uint64_t counter, std::uint32_t frame_index,
                       std::span<const std::uint8_t> shard, std::uint8_t* datagram) {
  // IV: the counter, three zero bytes, 'V'; then the frame number in the clear, the tag, the text.
  put64le(datagram, counter);
  put32le(datagram + 8, 0x56000000);
  put32le(datagram + 12, frame_index);
  EVP_CIPHER_CTX* context = implementation_->context.get();
  int written = 0;
  int final_written = 0;
  return EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, datagram) == 1 &&
         EVP_EncryptUpdate(context, datagram + kSealBytes, &written, shard.data(),
                           static_cast<int>(shard.size())) == 1 &&
         EVP_EncryptFinal_ex(context, datagram + kSealBytes + written, &final_written) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, datagram + 16) == 1;
}

}  // namespace earthshine
