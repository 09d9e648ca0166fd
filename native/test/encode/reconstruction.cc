#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <random>
#include <thread>

#include "encode/decoder.h"
#include "encode/encoder.h"

using namespace earthshine;
using earthshine::test::Bytes;
using earthshine::test::decoded;

namespace {

constexpr int kWidth = 1280, kHeight = 720;

/// Soft noise that moves by fractions of a sample and changes everywhere in every picture, so that
/// each is predicted between the samples of the one before.
class MovingTexture {
 public:
  MovingTexture() : texture_(static_cast<std::size_t>(kSide) * kSide) {
    std::minstd_rand random(3);
    for (auto& sample : texture_) sample = static_cast<float>(random() % 200 + 28);
    for (int pass = 0; pass < 14; ++pass) {
      for (std::size_t i = 0; i + kSide + 1 < texture_.size(); ++i) {
        texture_[i] =
            (texture_[i] + texture_[i + 1] + texture_[i + kSide] + texture_[i + kSide + 1]) / 4;
      }
    }
  }

  void draw(int number, YuvPicture& picture) const {
    const int across = number * 3, down = number * 5;
    for (int plane = 0; plane < 3; ++plane) {
      const auto& target = picture.plane(plane);
      for (int y = 0; y < target.height; ++y) {
        // In quarters of a sample.
        const int row = 4 * y + down;
        for (int x = 0; x < target.width; ++x) {
          const int column = 4 * x + across;
          const float* at = &texture_[static_cast<std::size_t>((row / 4) & (kSide - 2)) * kSide +
                                      static_cast<std::size_t>((column / 4) & (kSide - 2))];
          const float right = static_cast<float>(column & 3) / 4;
          const float below = static_cast<float>(row & 3) / 4;
          target.row(y)[x] = static_cast<std::uint8_t>(
              (at[0] * (1 - right) + at[1] * right) * (1 - below) +
              (at[kSide] * (1 - right) + at[kSide + 1] * right) * below + 0.5F);
        }
      }
    }
  }

 private:
  static constexpr int kSide = 512;
  std::vector<float> texture_;
};

/// Takes the machine from x264's threads now and then, so that some are late.
class BusyCores {
 public:
  BusyCores() {
    for (unsigned i = 0; i < 2 * std::max(1U, std::thread::hardware_concurrency()); ++i) {
      threads_.emplace_back([this] {
        while (!done_.load(std::memory_order_relaxed)) {
        }
      });
    }
  }
  ~BusyCores() {
    done_ = true;
    for (auto& thread : threads_) thread.join();
  }
  BusyCores(const BusyCores&) = delete;
  BusyCores& operator=(const BusyCores&) = delete;

 private:
  std::atomic<bool> done_ = false;
  std::vector<std::thread> threads_;
};

double luma_psnr(const YuvPicture& picture, const Bytes& luma) {
  double squares = 0;
  for (int y = 0; y < kHeight; ++y) {
    const std::uint8_t* row = picture.plane(0).row(y);
    for (int x = 0; x < kWidth; ++x) {
      const int difference = row[x] - luma[static_cast<std::size_t>(y) * kWidth + x];
      squares += difference * difference;
    }
  }
  return 10 * std::log10(255.0 * 255.0 * kWidth * kHeight / std::max(squares, 1.0));
}

}  // namespace

// x264 goes on with its own reconstruction after it has handed out a frame. What the next one is
// predicted from must be what the decoder has, or the picture decays until the next IDR.
TEST_CASE("frames encoded without a pause decode as well after a while as at the beginning") {
  EncoderSettings settings;
  settings.width = kWidth;
  settings.height = kHeight;
  settings.bitrate_kbps = 40'000;
  settings.slices = 2;
  auto opened = open_encoder(settings);
  REQUIRE(opened.ok());
  const MovingTexture texture;
  constexpr int kPictures = 300;
  std::vector<YuvPicture> drawn;
  for (int i = 0; i < 8; ++i) {
    drawn.emplace_back(kWidth, kHeight, settings.format);
    texture.draw(i, drawn.back());
  }
  // Forth and back, so that nothing has to be drawn between two frames.
  const auto shown = [&](int i) { return i % 14 < 8 ? i % 14 : 14 - i % 14; };
  Bytes stream;
  const BusyCores busy;
  for (int i = 0; i < kPictures; ++i) {
    const auto unit =
        opened.value()->encode({.picture = &drawn[static_cast<std::size_t>(shown(i))]});
    REQUIRE(unit.ok());
    stream.insert(stream.end(), unit.value().bytes.begin(), unit.value().bytes.end());
  }
  const auto pictures = decoded(stream, {.width = kWidth, .height = kHeight, .format = "gray"});
  REQUIRE(pictures.size() == kPictures);
  std::vector<double> quality;
  for (int i = 0; i < kPictures; ++i) {
    quality.push_back(luma_psnr(drawn[static_cast<std::size_t>(shown(i))],
                                pictures[static_cast<std::size_t>(i)]));
  }
  const double early = *std::min_element(quality.begin() + 15, quality.begin() + 43);
  const double late = *std::min_element(quality.end() - 28, quality.end());
  MESSAGE("worst of 28 pictures: " << early << " dB early, " << late << " dB late");
  CHECK(early > 35);
  CHECK(late > early - 0.7);
}
