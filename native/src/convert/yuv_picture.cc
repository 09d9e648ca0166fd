#include "convert/yuv_picture.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/large_memory.h"

namespace earthshine {
namespace {

int aligned(int bytes) {
  return (bytes + 63) / 64 * 64;
}

}  // namespace

void YuvPicture::Free::operator()(std::uint8_t* memory) const {
  free_large(memory, bytes);
}

YuvPicture::YuvPicture(int width, int height, YuvFormat format) : format_(format) {
  const bool half = format.chroma == Chroma::k420;
  const int chroma_width = half ? (width + 1) / 2 : width;
  const int chroma_height = half ? (height + 1) / 2 : height;
  const int luma_stride = aligned(width * sample_bytes());
  const int chroma_stride = aligned(chroma_width * sample_bytes());
  const std::size_t luma = static_cast<std::size_t>(luma_stride) * height;
  const std::size_t chroma = static_cast<std::size_t>(chroma_stride) * chroma_height;
  size_ = luma + 2 * chroma;
  memory_ = {static_cast<std::uint8_t*>(allocate_large(size_)), Free{size_}};
  planes_[0] = {memory_.get(), luma_stride, width, height};
  planes_[1] = {memory_.get() + luma, chroma_stride, chroma_width, chroma_height};
  planes_[2] = {memory_.get() + luma + chroma, chroma_stride, chroma_width, chroma_height};
  clear();
}

void YuvPicture::clear() {
  const std::size_t luma = planes_[1].data - planes_[0].data;
  const int black = format_.full_range ? 0 : 16;
  constexpr int kNoColor = 128;
  if (sample_bytes() == 1) {
    std::memset(planes_[0].data, black, luma);
    std::memset(planes_[1].data, kNoColor, size_ - luma);
    return;
  }
  const int shift = format_.bit_depth - 8;
  // SAFETY: planes are aligned for words, and their sizes are multiples of 64 bytes.
  auto* words = reinterpret_cast<std::uint16_t*>(memory_.get());
  std::fill_n(words, luma / 2, static_cast<std::uint16_t>(black << shift));
  std::fill_n(words + luma / 2, (size_ - luma) / 2, static_cast<std::uint16_t>(kNoColor << shift));
}

void YuvPicture::clear_around(const Placement& placement) {
  if (placement == cleared_) return;
  clear();
  cleared_ = placement;
}

void YuvPicturePool::warm_up(int count) {
  while (static_cast<int>(pictures_.size()) < count) {
    pictures_.push_back(std::make_shared<YuvPicture>(width_, height_, format_));
  }
}

std::shared_ptr<YuvPicture> YuvPicturePool::take() {
  const std::shared_ptr<YuvPicture>* newest = nullptr;
  for (const auto& picture : pictures_) {
    if (picture.use_count() != 1) continue;
    if (newest == nullptr || picture->content > (*newest)->content) newest = &picture;
  }
  if (newest != nullptr) {
    // The last holder's reads happened before it let go; use_count() itself orders nothing.
    std::atomic_thread_fence(std::memory_order_acquire);
    return *newest;
  }
  pictures_.push_back(std::make_shared<YuvPicture>(width_, height_, format_));
  return pictures_.back();
}

}  // namespace earthshine
