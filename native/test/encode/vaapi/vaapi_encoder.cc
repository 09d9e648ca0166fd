#include "encode/vaapi/vaapi_encoder.h"

#include <dlfcn.h>
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "encode/bitstream.h"
#include "encode/encoded_stream.h"
#include "stand_ins/va/facts.h"

// The encoder of a GPU runs here against a stand-in of libva.so.2 (stand_ins/va), which encodes
// without loss: what a decoder makes of the stream is the picture that went in, as long as every
// header and every reference is right.

using namespace earthshine;
using earthshine::stand_in::VaFacts;
using earthshine::test::Bytes;
using earthshine::test::decoded;
using earthshine::test::EncodedStream;
using earthshine::test::parse_sps;
using earthshine::test::units;

namespace {

/// What the stand-in is told to do, for as long as this lives.
struct Orders {
  explicit Orders(const char* orders = "works") { setenv("EARTHSHINE_STAND_IN_VA", orders, 1); }
  ~Orders() { unsetenv("EARTHSHINE_STAND_IN_VA"); }
  Orders(const Orders&) = delete;
  Orders& operator=(const Orders&) = delete;
};

const VaFacts& facts() {
  void* library = dlopen("libva.so.2", RTLD_NOW);
  REQUIRE(library != nullptr);
  auto* function =
      reinterpret_cast<stand_in::VaFactsFunction*>(dlsym(library, "va_stand_in_facts"));
  // Else this is the system's own.
  if (function == nullptr) throw std::runtime_error("libva.so.2 is not the stand-in");
  return *function();
}

EncoderSettings small(int width = 320, int height = 180) {
  EncoderSettings settings;
  settings.width = width;
  settings.height = height;
  settings.bitrate_kbps = 3000;
  // Anything that can be opened: the stand-in looks at no device.
  settings.gpu = "/dev/null";
  return settings;
}

std::string fault_of(const EncoderSettings& settings) {
  auto opened = vaapi_kind().open(settings);
  REQUIRE_FALSE(opened.ok());
  return opened.fault().message;
}

/// The samples of a picture as a decoder writes them.
Bytes samples(const YuvPicture& picture) {
  Bytes result;
  for (int plane = 0; plane < 3; ++plane) {
    for (int y = 0; y < picture.plane(plane).height; ++y) {
      const auto* row = picture.plane(plane).row(y);
      result.insert(result.end(), row, row + picture.plane(plane).width);
    }
  }
  return result;
}

/// Encodes so many pictures and compares each with what a decoder makes of it.
void check_pictures(const EncoderSettings& settings, int count) {
  EncodedStream stream(settings, vaapi_kind());
  Bytes all;
  std::vector<Bytes> pictures;
  for (int i = 0; i < count; ++i) {
    const auto& frame = stream.next(i % 4 == 3);
    all.insert(all.end(), frame.bytes.begin(), frame.bytes.end());
    pictures.push_back(samples(stream.picture()));
  }
  const auto seen = decoded(all, {.width = settings.width, .height = settings.height});
  REQUIRE(seen.size() == pictures.size());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    CAPTURE(i);
    CHECK(seen[i] == pictures[i]);
  }
}

}  // namespace

TEST_CASE("VA-API: a decoder sees every picture as it went in") {
  for (const char* orders : {"works", "no-derive", "no-sync-buffer", "low-power", "one-slice"}) {
    CAPTURE(orders);
    const Orders order(orders);
    check_pictures(small(), 9);
    CHECK(facts().low_power == (std::strcmp(orders, "low-power") == 0));
  }
  const Orders order;
  for (const auto& [width, height] : {std::pair{32, 32}, {322, 182}, {64, 480}}) {
    for (const int slices : {1, 4}) {
      CAPTURE(width);
      CAPTURE(slices);
      EncoderSettings settings = small(width, height);
      settings.slices = slices;
      check_pictures(settings, 5);
      CHECK(facts().slices >= std::min(slices, (height + 15) / 16));
    }
  }
}

TEST_CASE("VA-API: the stream says how it is meant, and that nothing is to be held back") {
  const Orders order;
  for (const bool full : {false, true}) {
    for (const ColorSpace space : {ColorSpace::kBt601, ColorSpace::kBt709}) {
      EncoderSettings settings = small();
      settings.format.full_range = full;
      settings.format.color_space = space;
      EncodedStream stream(settings, vaapi_kind());
      const auto found = units(stream.next().bytes);
      // Parameter sets first, then slices: nothing else fits into the first packet.
      REQUIRE(found.size() == 3);
      CHECK(found[0].type == 7);
      CHECK(found[1].type == 8);
      CHECK(found[2].type == 5);
      const auto sps = parse_sps(found[0]);
      CHECK(sps.profile == 100);
      CHECK(sps.vui);
      CHECK(sps.full_range == full);
      const unsigned color = space == ColorSpace::kBt709 ? 1 : 6;
      CHECK(sps.primaries == color);
      CHECK(sps.transfer == color);
      CHECK(sps.matrix == color);
      CHECK(sps.chroma_location == 1);
      CHECK(sps.reorder_frames == 0);
      CHECK(sps.frame_buffers == sps.reference_frames);
      CHECK(units(stream.next().bytes).size() == 1);
      CHECK(stream.next(false, true).type == FrameType::kIdr);
      CHECK(units(stream.frames().back().bytes).size() == 3);
    }
  }
}

TEST_CASE("VA-API: constant bitrate over a frame and a half, and a new one with the next frame") {
  const Orders order;
  EncoderSettings settings = small();
  settings.rate_numerator = 120'000;
  settings.rate_denominator = 1001;
  EncodedStream stream(settings, vaapi_kind());
  stream.run(3);
  CHECK(facts().bits_per_second == 3'000'000);
  CHECK(facts().buffer_bits == doctest::Approx(1.5 * 3'000'000 * 1001 / 120'000).epsilon(0.001));
  CHECK(static_cast<double>(facts().rate_numerator) / facts().rate_denominator ==
        doctest::Approx(119.88).epsilon(0.001));
  CHECK_FALSE(facts().filler);
  CHECK(facts().least_quantizer > 0);

  const int frames = facts().frames;
  CHECK(facts().rate_told_at < frames);
  REQUIRE(stream.encoder().set_bitrate(1000).ok());
  CHECK(stream.next().type == FrameType::kPredicted);
  CHECK(facts().rate_told_at == frames + 1);
  CHECK(facts().bits_per_second == 1'000'000);
  CHECK(facts().buffer_bits == doctest::Approx(1.5 * 1'000'000 * 1001 / 120'000).epsilon(0.001));
  stream.run(2);
  // Once is enough.
  CHECK(facts().rate_told_at == frames + 1);
  CHECK(facts().idr_frames == 2);
  CHECK_FALSE(stream.encoder().set_bitrate(0).ok());
}

TEST_CASE("VA-API: after a loss the stream goes on from a frame that the client has") {
  const Orders order;
  for (const int slices : {1, 3}) {
    for (const int late : {0, 1, 2}) {
      CAPTURE(slices);
      CAPTURE(late);
      EncoderSettings settings = small();
      settings.slices = slices;
      EncodedStream stream(settings, vaapi_kind());
      stream.run(8);
      const std::uint64_t lost = stream.frames().back().number;
      stream.run(late);
      stream.encoder().invalidate(lost);
      CHECK(stream.next().type == FrameType::kAfterInvalidation);
      CHECK(facts().distance == late + 2);
      CHECK(stream.next().type == FrameType::kPredicted);
      CHECK(facts().distance == 1);
      stream.run(6);
      CHECK(stream.check_client({lost}) == 8);
    }
  }
}

TEST_CASE("VA-API: a loss that is too old, the IDR itself, or all frames, is answered by an IDR") {
  const Orders order;
  for (const std::uint64_t first : {0, 1, 4}) {
    CAPTURE(first);
    EncodedStream stream(small(), vaapi_kind());
    stream.run(20);
    stream.encoder().invalidate(first);
    CHECK(stream.next().type == FrameType::kIdr);
    CHECK(facts().distance == 0);
    CHECK(stream.next().type == FrameType::kPredicted);
  }
  EncodedStream stream(small(), vaapi_kind());
  stream.run(5);
  stream.encoder().invalidate(6);
  CHECK(stream.next().type == FrameType::kAfterInvalidation);
  CHECK(stream.next(false, true).type == FrameType::kIdr);
  stream.encoder().invalidate(7);
  CHECK(stream.next().type == FrameType::kIdr);
  EncoderSettings one = small();
  one.max_reference_frames = 1;
  EncodedStream alone(one, vaapi_kind());
  alone.run(4);
  alone.encoder().invalidate(4);
  CHECK(alone.next().type == FrameType::kIdr);
}

TEST_CASE("VA-API: a frame that is too long for anybody becomes a coarser IDR") {
  const Orders order;
  EncodedStream stream(small(), vaapi_kind());
  stream.run(3);
  const int frames = facts().frames;
  // The stand-in never gets under this, so all four are tried.
  auto unit = stream.encoder().encode({.picture = &stream.picture(), .most_bytes = 10});
  REQUIRE(unit.ok());
  CHECK(unit.value().type == FrameType::kIdr);
  CHECK(facts().frames == frames + 5);
  CHECK(facts().least_quantizer == 51);
  CHECK(stream.next().type == FrameType::kPredicted);
  // The next one is as fine as ever.
  CHECK(facts().least_quantizer < 32);
}

TEST_CASE("VA-API: what cannot be had is said, with the driver's words") {
  unsetenv("EARTHSHINE_STAND_IN_VA");
  const std::string none = fault_of(small());
  CHECK(none.find("did not start") != std::string::npos);
  CHECK(none.find("mesa-va-drivers") != std::string::npos);
  {
    const Orders order("no-cbr");
    CHECK(fault_of(small()).find("cannot hold a constant bitrate") != std::string::npos);
  }
  {
    const Orders order("no-headers");
    CHECK(fault_of(small()).find("newer version") != std::string::npos);
  }
  {
    const Orders order("refuse-context");
    CHECK(fault_of(small()) ==
          "Stand-in driver 1.0 on /dev/null: vaCreateContext: resource allocation failed");
  }
  {
    const Orders order("no-hevc");
    EncoderSettings hevc = small();
    hevc.codec = VideoCodec::kHevc;
    CHECK(fault_of(hevc) == "Stand-in driver 1.0 on /dev/null does not encode HEVC with 8 bits.");
  }
  const Orders order;
  CHECK(fault_of(small(8192, 64)).find("larger than 4096") != std::string::npos);
  EncoderSettings odd = small();
  odd.width = 321;
  CHECK(fault_of(odd).find("even size") != std::string::npos);
  EncoderSettings nowhere = small();
  nowhere.gpu = "/dev/dri/renderD999";
  CHECK(fault_of(nowhere) == "/dev/dri/renderD999 cannot be opened: No such file or directory.");
}

TEST_CASE("VA-API: a GPU that is lost, or does not answer, is a fault and no hang") {
  for (const char* orders : {"lost=6", "timeout=6", "lost=6,no-sync-buffer"}) {
    CAPTURE(orders);
    const Orders order(orders);
    EncodedStream stream(small(), vaapi_kind());
    // Two frames were its warm-up.
    stream.run(3);
    auto unit = stream.encoder().encode({.picture = &stream.picture()});
    CHECK_FALSE(unit.ok());
  }
  // At its first frame it is found when it is opened.
  const Orders order("lost=1");
  CHECK(fault_of(small()).find("Stand-in driver 1.0") == 0);
}

TEST_CASE("VA-API: nothing is left behind on the GPU") {
  const int before = facts().objects;
  for (const char* orders : {"works", "no-derive", "lost=5", "refuse-context"}) {
    const Orders order(orders);
    try {
      EncodedStream stream(small(), vaapi_kind());
      stream.run(2);
      for (int i = 0; i < 2; ++i) {
        auto unit = stream.encoder().encode({.picture = &stream.picture()});
        if (!unit) break;
      }
    } catch (const std::runtime_error&) {
      // It could not be opened.
    }
    CAPTURE(orders);
    CHECK(facts().objects == before);
  }
}

TEST_CASE("VA-API: HEVC's headers and references hold together, with P slices and without") {
  for (const char* orders : {"works", "only-b"}) {
    for (const int slices : {1, 3}) {
      CAPTURE(orders);
      CAPTURE(slices);
      const Orders order(orders);
      EncoderSettings settings = small();
      settings.codec = VideoCodec::kHevc;
      settings.slices = slices;
      EncodedStream stream(settings, vaapi_kind());
      stream.run(7);
      CHECK(facts().slices == slices);
      const std::uint64_t lost = stream.frames().back().number;
      stream.run(1);
      stream.encoder().invalidate(lost);
      CHECK(stream.next().type == FrameType::kAfterInvalidation);
      CHECK(facts().distance == 3);
      // The lost frame and what was predicted from it are not kept any more.
      CHECK(facts().references_kept < 5);
      stream.run(5);
      CHECK(facts().distance == 1);
      CHECK(stream.check_client({lost}) == 6);
      CHECK(stream.next(false, true).type == FrameType::kIdr);
      CHECK(facts().distance == 0);
    }
  }
}

TEST_CASE("VA-API: HEVC Main 10 takes P010, and a decoder sees its 10 bits") {
  for (const char* orders : {"works", "no-derive"}) {
    CAPTURE(orders);
    const Orders order(orders);
    EncoderSettings settings = small(320, 192);
    settings.codec = VideoCodec::kHevc;
    settings.format.bit_depth = 10;
    settings.format.full_range = true;
    EncodedStream stream(settings, vaapi_kind());
    const Bytes bytes = stream.next().bytes;
    const auto seen =
        decoded(bytes, {.width = 320, .height = 192, .format = "gray10le", .codec = "hevc"});
    REQUIRE(seen.size() == 1);
    const auto* pixels = reinterpret_cast<const std::uint16_t*>(seen[0].data());
    // A tile shows the mean of what it stands for, as closely as the stand-in's steps allow.
    int worst = 0, brightest = 0;
    for (int top = 0; top < 192; top += 32) {
      for (int left = 0; left < 320; left += 32) {
        int sum = 0;
        for (int y = top; y < top + 32; ++y) {
          const auto* row =
              reinterpret_cast<const std::uint16_t*>(stream.picture().plane(0).row(y));
          for (int x = left; x < left + 32; ++x) sum += row[x];
        }
        const int shown = pixels[(top + 16) * 320 + left + 16];
        worst = std::max(worst, std::abs(shown - sum / (32 * 32)));
        brightest = std::max(brightest, shown);
      }
    }
    CHECK(worst <= 4);
    CHECK(brightest > 255);
    stream.run(4);
    const std::uint64_t lost = stream.frames().back().number;
    stream.encoder().invalidate(lost);
    CHECK(stream.next().type == FrameType::kAfterInvalidation);
    stream.run(2);
    CHECK(stream.check_client({lost}) == 3);
  }
  const Orders order("no-10-bit");
  EncoderSettings settings = small();
  settings.codec = VideoCodec::kHevc;
  settings.format.bit_depth = 10;
  CHECK(fault_of(settings) ==
        "Stand-in driver 1.0 on /dev/null does not encode HEVC with 10 bits.");
}
