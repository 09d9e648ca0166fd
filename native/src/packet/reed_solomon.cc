#include "packet/reed_solomon.h"

#include <array>
#include <atomic>
#include <cassert>
#include <cstring>
#include <memory>
#include <mutex>

#include "packet/galois_field.h"
#include "packet/parity_kernel.h"

namespace earthshine {

namespace {

constexpr std::size_t kAudioData = 4;
constexpr std::size_t kAudioParity = 2;

/// Columns of the fixed matrix of protocol 5 §3: {77 40 38 0E}, {C7 A7 0D 6C}.
constexpr std::array<std::uint8_t, kAudioData* kAudioParity> kAudioColumns = {
    0x77, 0xC7, 0x40, 0xA7, 0x38, 0x0D, 0x0E, 0x6C};

/// Tables by parity count. Readers take no lock.
class CauchyTables {
 public:
  const std::uint8_t* columns(std::size_t parity) {
    const std::uint8_t* table = published_[parity].load(std::memory_order_acquire);
    return table ? table : make(parity);
  }

 private:
  const std::uint8_t* make(std::size_t parity) {
    const std::scoped_lock lock(mutex_);
    if (owned_[parity]) return owned_[parity].get();
    const std::size_t data = kMaxBlockShards - parity;
    // A column is copied in steps of 16; the next one overwrites what it has too much, and the last
    // has room for it.
    constexpr std::size_t kStep = 16;
    auto table = std::make_unique_for_overwrite<std::uint8_t[]>(data * parity + kStep);
    for (std::size_t i = 0; i < data; ++i) {
      std::uint8_t* column = table.get() + i * parity;
      const std::size_t x = parity + i;
      const auto& inverses = galois::kInverseXor[x % kStep];
      for (std::size_t j = 0; j < parity; j += kStep) {
        std::memcpy(column + j, &inverses[(x ^ j) / kStep * kStep], kStep);
      }
    }
    owned_[parity] = std::move(table);
    published_[parity].store(owned_[parity].get(), std::memory_order_release);
    return owned_[parity].get();
  }

  std::mutex mutex_;
  std::array<std::unique_ptr<std::uint8_t[]>, kMaxBlockShards> owned_;
  std::array<std::atomic<const std::uint8_t*>, kMaxBlockShards> published_{};
};

void run(const ShardRows& shards, const std::uint8_t* columns, std::size_t data,
         std::size_t parity) {
  parity_kernel().run({.coefficients = columns,
                       .coefficient_stride = parity,
                       .data = data,
                       .parity = parity,
                       .source = shards.data,
                       .source_stride = shards.data_stride,
                       .target = shards.parity,
                       .target_stride = shards.parity_stride,
                       .length = shards.length});
}

}  // namespace

const std::uint8_t* cauchy_columns(std::size_t parity) {
  assert(parity >= 1 && parity < kMaxBlockShards);
  static CauchyTables tables;
  return tables.columns(parity);
}

void encode_video_parity(const ShardRows& shards, std::size_t data, std::size_t parity) {
  assert(data >= 1 && parity >= 1 && data + parity <= kMaxBlockShards);
  run(shards, cauchy_columns(parity), data, parity);
}

void encode_audio_parity(const ShardRows& shards) {
  run(shards, kAudioColumns.data(), kAudioData, kAudioParity);
}

}  // namespace earthshine
