// What a picture costs between the screen and the encoder: colours, scaling, and both where only a
// part has changed. libswscale stands beside where the machine has it.
#include <algorithm>
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
                                target.height(), format_of(target), flags, nullptr, nullptr,
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
  static AVPixelFormat format_of(const YuvPicture& picture) {
    const bool deep = picture.sample_bytes() == 2;
    if (picture.format().chroma == Chroma::k444) {
      return deep ? AV_PIX_FMT_YUV444P10LE : AV_PIX_FMT_YUV444P;
    }
    return deep ? AV_PIX_FMT_YUV420P10LE : AV_PIX_FMT_YUV420P;
  }

  const Screen& screen_;
  YuvPicture& target_;
  SwsContext* context_;
};
#endif

/// Filled up to this many characters; an arrow is one, though it has three bytes.
std::string padded(std::string text, std::size_t characters) {
  const auto shown = static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
  if (shown < characters) text.append(characters - shown, ' ');
  return text;
}

void goal(const char* what, const Contestant& ours, const Contestant* theirs, double wanted) {
  std::printf("goal 21  %s", padded(what, 27).c_str());
  char figure[64];
  std::snprintf(figure, sizeof figure, "(≥ %g)", wanted);
  const std::string target = padded(figure, 8);
  if (theirs == nullptr) {
    std::printf("%s%snot measured: no libswscale\n", padded("", 28).c_str(), target.c_str());
    return;
  }
  const double ratio = theirs->median() / ours.median();
  std::snprintf(figure, sizeof figure, "%.1fx %s", ratio, theirs->name.c_str());
  std::printf("%s%s%s\n", padded(figure, 28).c_str(), target.c_str(),
              ratio >= wanted ? "pass" : "FALLS SHORT");
}

/// One of the goal's lines, beside the algorithm of libswscale that does the same work.
void compare(const char* what, const Screen& screen, int width, int height,
             [[maybe_unused]] const char* name, [[maybe_unused]] bool area, double wanted,
             const YuvFormat& format = {}) {
  YuvPicture picture(width, height, format);
  std::vector<Contestant> contestants;
  std::vector<std::unique_ptr<PictureConverter>> converters;
  const auto add = [&](const RowKernels& kernels) {
    converters.push_back(std::make_unique<PictureConverter>(kernels));
    contestants.push_back({kernels.name, [&, converter = converters.back().get()] {
                             converter->convert(screen.view(), picture);
                           }});
  };
  add(row_kernels());
  for (const RowKernels* each : row_kernel_sets()) {
    if (each != &row_kernels()) add(*each);
  }
#ifdef EARTHSHINE_BENCH_SWSCALE
  YuvPicture other(width, height, format);
  Swscale swscale(screen, other, area ? SWS_AREA : SWS_BICUBIC);
  contestants.push_back({name, [&] { swscale.run(); }});
  const std::size_t rival = contestants.size() - 1;
#endif
  contestants.push_back({"memcpy of the source", [&, copy = std::make_shared<Bytes>(screen.bytes)] {
                           std::memcpy(copy->data(), screen.bytes.data(), copy->size());
                           asm volatile("" ::: "memory");
                         }});
  measure(contestants, kRounds, 1);
#ifdef EARTHSHINE_BENCH_SWSCALE
  goal(what, contestants[0], &contestants[rival], wanted);
#else
  goal(what, contestants[0], nullptr, wanted);
#endif
  std::printf("         µs a picture:");
  for (const Contestant& each : contestants) {
    std::printf("  %s %.0f", each.name.c_str(), each.median());
  }
  std::printf("\n");
}

/// What a change of a part costs, in a picture that is one change old.
void partial(const char* what, const Screen& screen, int width, int height) {
  YuvPicture picture(width, height, {});
  PictureConverter converter;
  ChangeMap changes;
  converter.convert(screen.view(), Damage::everything(), picture, changes);
  const auto of = [&](const char* name, Rectangle area) {
    Damage damage;
    damage.add(area);
    return Contestant{name,
                      [&, damage] { converter.convert(screen.view(), damage, picture, changes); }};
  };
  std::vector<Contestant> contestants{
      of("64×64", {900, 500, 64, 64}),
      of("a line of text", {300, 700, 800, 24}),
      of("200 rows", {0, 400, screen.width, 200}),
      of("half the screen", {0, 0, screen.width / 2, screen.height}),
      {"everything",
       [&] { converter.convert(screen.view(), Damage::everything(), picture, changes); }},
      {"nothing", [&] { converter.convert(screen.view(), {}, picture, changes); }}};
  measure(contestants, kRounds, 1);
  std::printf("what changed, %s, µs:", what);
  for (const Contestant& each : contestants) {
    std::printf("  %s %.1f", each.name.c_str(), each.median());
  }
  std::printf("\n");
}

}  // namespace
}  // namespace earthshine::bench

int main() {
  using namespace earthshine;
  using namespace earthshine::bench;
  std::printf("kernels %s\n", row_kernels().name);
  const Screen screen(1920, 1080);
  compare("BGRx→I420 1080p", screen, 1920, 1080, "libswscale bicubic", false, 5);
  compare("BGRx→I420 1080p→720p", screen, 1280, 720, "libswscale area", true, 3);
  compare("BGRx→10-bit 4:2:0 1080p", screen, 1920, 1080, "libswscale bicubic", false, 5,
          {.bit_depth = 10});
  compare("BGRx→4:4:4 1080p", screen, 1920, 1080, "libswscale bicubic", false, 5,
          {.chroma = Chroma::k444});
  partial("1080p", screen, 1920, 1080);
  partial("1080p→720p", screen, 1280, 720);
  return 0;
}
