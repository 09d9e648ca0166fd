// What a picture costs between the screen and the encoder: colours, scaling, and both where only a
// part has changed. libswscale stands beside where the machine has it.
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "convert/picture_converter.h"
#include "measure.h"

#ifdef EARTHSHINE_BENCH_SWSCALE
extern "C" {
#include <libswscale/swscale.h>
}
#endif

namespace earthshine::bench {
namespace {

constexpr int kRounds = 41;

/// Something like a desktop: flat areas, gradients, and noise for the text.
struct Screen {
  Screen(int width, int height)
      : width(width), height(height), bytes(pattern(4UL * width * height)) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        if ((x / 64 + y / 64) % 3 == 0) continue;
        std::uint8_t* pixel = bytes.data() + 4 * (static_cast<std::size_t>(y) * width + x);
        pixel[0] = static_cast<std::uint8_t>(x);
        pixel[1] = static_cast<std::uint8_t>(y);
        pixel[2] = static_cast<std::uint8_t>(x + y);
      }
    }
  }
  [[nodiscard]] BgrxView view() const { return {bytes.data(), 4 * width, width, height}; }

  int width, height;
  Bytes bytes;
};

#ifdef EARTHSHINE_BENCH_SWSCALE
/// libswscale with the same matrix and range as ours: BT.709, limited.
class Swscale {
 public:
  Swscale(const Screen& screen, YuvPicture& target, int flags)
      : screen_(screen),
        target_(target),
        context_(sws_getContext(screen.width, screen.height, AV_PIX_FMT_BGR0, target.width(),
                                target.height(), AV_PIX_FMT_YUV420P, flags, nullptr, nullptr,
                                nullptr)) {
    const int* table = sws_getCoefficients(SWS_CS_ITU709);
    sws_setColorspaceDetails(context_, table, 1, table, 0, 0, 1 << 16, 1 << 16);
  }
  ~Swscale() { sws_freeContext(context_); }
  Swscale(const Swscale&) = delete;
  Swscale& operator=(const Swscale&) = delete;

  void run() {
    const BgrxView view = screen_.view();
    const std::uint8_t* sources[] = {view.pixels, nullptr, nullptr, nullptr};
    const int source_strides[] = {static_cast<int>(view.stride), 0, 0, 0};
    std::uint8_t* targets[] = {target_.plane(0).data, target_.plane(1).data, target_.plane(2).data,
                               nullptr};
    const int target_strides[] = {target_.plane(0).stride, target_.plane(1).stride,
                                  target_.plane(2).stride, 0};
    sws_scale(context_, sources, source_strides, 0, view.height, targets, target_strides);
  }

 private:
  const Screen& screen_;
  YuvPicture& target_;
  SwsContext* context_;
};
#endif

void goal(const char* what, const Contestant& ours, const Contestant* theirs, const char* name,
          double wanted) {
  char figure[64];
  char target[32];
  std::snprintf(target, sizeof target, "(≥ %g)", wanted);
  if (theirs == nullptr) {
    std::printf("goal 21  %-29s %-31s %-8s not measured: no libswscale\n", what, "", target);
    return;
  }
  const double ratio = theirs->median() / ours.median();
  std::snprintf(figure, sizeof figure, "%.1fx %s", ratio, name);
  std::printf("goal 21  %-29s %-31s %-8s %s\n", what, figure, target,
              ratio >= wanted ? "pass" : "FALLS SHORT");
}

void compare(const char* what, const Screen& screen, int width, int height,
             [[maybe_unused]] const char* name, [[maybe_unused]] bool area, double wanted) {
  const YuvFormat format{};
  YuvPicture picture(width, height, format);
  std::vector<Contestant> contestants;
  std::vector<std::unique_ptr<PictureConverter>> converters;
  std::vector<const RowKernels*> sets{&row_kernels()};
  for (const RowKernels* each : row_kernel_sets()) {
    if (each != &row_kernels()) sets.push_back(each);
  }
  for (const RowKernels* each : sets) {
    converters.push_back(std::make_unique<PictureConverter>(*each));
    contestants.push_back({each->name, [&, converter = converters.back().get()] {
                             converter->convert(screen.view(), picture);
                           }});
  }
#ifdef EARTHSHINE_BENCH_SWSCALE
  YuvPicture other(width, height, format);
  Swscale swscale(screen, other, area ? SWS_AREA : SWS_BICUBIC);
  contestants.push_back({name, [&] { swscale.run(); }});
#endif
  contestants.push_back({"memcpy of the source", [&, copy = std::make_shared<Bytes>(screen.bytes)] {
                           std::memcpy(copy->data(), screen.bytes.data(), copy->size());
                           asm volatile("" ::: "memory");
                         }});
  measure(contestants, kRounds, 1);
  const Contestant* theirs = nullptr;
  std::printf("%s, µs:", what);
  for (const Contestant& each : contestants) {
    std::printf("  %s %.0f", each.name.c_str(), each.median());
    if (each.name == name) theirs = &each;
  }
  std::printf("\n");
  goal(what, contestants[0], theirs, name, wanted);
}

}  // namespace
}  // namespace earthshine::bench

int main() {
  using namespace earthshine;
  using namespace earthshine::bench;
  std::printf("kernels %s\n", row_kernels().name);
  const Screen screen(1920, 1080);
  compare("BGRx→I420 1080p", screen, 1920, 1080, "libswscale bicubic", false, 5);
  compare("BGRx→I420 1080p→720p by area", screen, 1280, 720, "libswscale area", true, 3);
  return 0;
}
