#include "encode/nvenc/nvenc_encoder.h"

#include <dlfcn.h>
#include <doctest/doctest.h>

#include <cstdlib>

#include "encode/bitstream.h"
#include "encode/encoded_stream.h"
#include "stand_ins/nvenc/facts.h"

// NVIDIA's encoder runs here against stand-ins of libcuda.so.1 and libnvidia-encode.so.1
// (stand_ins/nvenc), which check versions and the order of calls, and hand out what x264 makes.

using namespace earthshine;
using earthshine::stand_in::NvencFacts;
using earthshine::test::Bytes;
using earthshine::test::decoded;
using earthshine::test::EncodedStream;
using earthshine::test::units;

namespace {

/// What the stand-in is told to do, for as long as this lives.
struct Orders {
  explicit Orders(const char* orders = "works") { setenv("EARTHSHINE_STAND_IN_NVENC", orders, 1); }
  ~Orders() { unsetenv("EARTHSHINE_STAND_IN_NVENC"); }
  Orders(const Orders&) = delete;
  Orders& operator=(const Orders&) = delete;
};

template <typename Function>
Function* in_stand_in(const char* soname, const char* name) {
  void* library = dlopen(soname, RTLD_NOW);
  REQUIRE(library != nullptr);
  auto* function = reinterpret_cast<Function*>(dlsym(library, name));
  // Else this is the system's own.
  if (function == nullptr) throw std::runtime_error(std::string(soname) + " is not the stand-in");
  return function;
}

const NvencFacts& facts() {
  static auto* function =
      in_stand_in<stand_in::NvencFactsFunction>("libnvidia-encode.so.1", "nvenc_stand_in_facts");
  return *function();
}

EncoderSettings small(VideoCodec codec = VideoCodec::kH264) {
  EncoderSettings settings;
  settings.codec = codec;
  settings.width = 320;
  settings.height = 180;
  settings.bitrate_kbps = 3000;
  return settings;
}

std::string fault_of(const EncoderSettings& settings) {
  auto opened = nvenc_kind().open(settings);
  REQUIRE_FALSE(opened.ok());
  return opened.fault().message;
}

}  // namespace

TEST_CASE("NVENC: no delay, one infinite group of pictures, and everything that is asked for") {
  const Orders order;
  for (const VideoCodec codec : {VideoCodec::kH264, VideoCodec::kHevc, VideoCodec::kAv1}) {
    for (const bool full : {false, true}) {
      CAPTURE(codec_name(codec));
      EncoderSettings settings = small(codec);
      settings.slices = 4;
      settings.format.full_range = full;
      settings.format.color_space = full ? ColorSpace::kBt709 : ColorSpace::kBt601;
      EncodedStream stream(settings, nvenc_kind());
      CHECK(stream.next().type == FrameType::kIdr);
      CHECK(facts().tuning == 3);  // ultra low latency
      CHECK_FALSE(facts().look_ahead);
      CHECK_FALSE(facts().asynchronous);
      CHECK(facts().group_length == 0xFFFFFFFF);
      CHECK(facts().interval == 1);
      CHECK(facts().parameter_sets_repeated);
      CHECK(facts().slices == 4);
      CHECK(facts().reference_frames >= 4);
      CHECK(facts().full_range == full);
      const int color = full ? 1 : 6;
      CHECK(facts().primaries == color);
      CHECK(facts().transfer == color);
      CHECK(facts().matrix == color);
      CHECK(facts().restriction);
      CHECK(facts().bits_per_second == 3'000'000);
      CHECK(facts().buffer_bits == 75'000);
      // AV1's scale is five times as long.
      CHECK(facts().least_quantizer == (codec == VideoCodec::kAv1 ? 40 : 8));
    }
  }
}

TEST_CASE("NVENC: pictures arrive in the encoder as they are") {
  for (const Chroma chroma : {Chroma::k420, Chroma::k444}) {
    const Orders order;
    EncoderSettings settings = small();
    settings.format.chroma = chroma;
    EncodedStream stream(settings, nvenc_kind());
    Bytes all;
    for (int i = 0; i < 4; ++i) {
      const auto& frame = stream.next();
      all.insert(all.end(), frame.bytes.begin(), frame.bytes.end());
      // Parameter sets first, then slices.
      if (i == 0) CHECK(units(frame.bytes)[0].type == 7);
    }
    const bool full = chroma == Chroma::k444;
    const auto seen = decoded(all, {.width = settings.width,
                                    .height = settings.height,
                                    .format = full ? "yuv444p" : "yuv420p"});
    REQUIRE(seen.size() == 4);
    // The stand-in has losses; a wrong plane or stride would be tens of levels.
    std::size_t position = 0;
    for (int plane = 0; plane < 3; ++plane) {
      double error = 0;
      const auto& in = stream.picture().plane(plane);
      for (int y = 0; y < in.height; ++y) {
        for (int x = 0; x < in.width; ++x) error += std::abs(in.row(y)[x] - seen[3][position++]);
      }
      CAPTURE(plane);
      CHECK(error / (in.width * in.height) < 3);
    }
  }
}

TEST_CASE("NVENC: 10 bits lie at the top of their words, as P010 and its full-chroma kin") {
  const Orders order;
  for (const VideoCodec codec : {VideoCodec::kHevc, VideoCodec::kAv1}) {
    for (const Chroma chroma : {Chroma::k420, Chroma::k444}) {
      if (codec == VideoCodec::kAv1 && chroma == Chroma::k444) continue;
      CAPTURE(codec_name(codec));
      EncoderSettings settings = small(codec);
      settings.format.chroma = chroma;
      settings.format.bit_depth = 10;
      EncodedStream stream(settings, nvenc_kind());
      stream.run(2);
      CHECK(facts().bit_depth == 10);
      CHECK(std::string(stream.encoder().description()).find("10 bits") != std::string::npos);
      const YuvPicture& picture = stream.picture();
      const bool full = chroma == Chroma::k444;
      int wrong = 0, brightest = 0;
      for (int plane = 0; plane < 3; ++plane) {
        const auto& in = picture.plane(plane);
        for (int y = 0; y < in.height; ++y) {
          const int row = y + (full ? plane * settings.height : plane > 0 ? settings.height : 0);
          const auto* seen = reinterpret_cast<const std::uint16_t*>(
              facts().input + static_cast<std::ptrdiff_t>(row) * facts().pitch);
          const auto* wanted = reinterpret_cast<const std::uint16_t*>(in.row(y));
          for (int x = 0; x < in.width; ++x) {
            const int column = full || plane == 0 ? x : 2 * x + plane - 1;
            wrong += seen[column] == wanted[x] << 6 ? 0 : 1;
            brightest = std::max<int>(brightest, wanted[x]);
          }
        }
      }
      CHECK(wrong == 0);
      // More than a byte holds.
      CHECK(brightest > 255);
    }
  }
  const Orders eight("no-10-bit");
  EncoderSettings settings = small(VideoCodec::kHevc);
  settings.format.bit_depth = 10;
  CHECK(fault_of(settings) == "Stand-in GPU does not encode HEVC with 10 bits and 4:2:0.");
}

TEST_CASE("NVENC: a new bitrate takes hold without a reset and without an IDR") {
  const Orders order;
  EncodedStream stream(small(), nvenc_kind());
  stream.run(3);
  const int changes = facts().changes;
  const int idr_frames = facts().idr_frames;
  REQUIRE(stream.encoder().set_bitrate(1000).ok());
  stream.run(3);
  CHECK(facts().changes == changes + 1);
  CHECK(facts().bits_per_second == 1'000'000);
  CHECK(facts().buffer_bits == 25'000);
  CHECK_FALSE(facts().was_reset);
  CHECK(facts().idr_frames == idr_frames);
}

TEST_CASE("NVENC: after a loss the stream goes on from a frame that the client has") {
  const Orders order;
  for (const int late : {0, 1, 2}) {
    CAPTURE(late);
    EncodedStream stream(small(), nvenc_kind());
    stream.run(8);
    // A frame that is encoded again takes time stamps of its own.
    if (late == 1) {
      auto unit = stream.encoder().encode({.picture = &stream.picture(), .most_bytes = 10});
      REQUIRE(unit.value().type == FrameType::kIdr);
      continue;
    }
    const std::uint64_t lost = stream.frames().back().number;
    stream.run(late);
    stream.encoder().invalidate(lost);
    CHECK(stream.next().type == FrameType::kAfterInvalidation);
    CHECK(facts().invalidations == late + 1);
    CHECK(stream.next().type == FrameType::kPredicted);
    stream.run(6);
    CHECK(stream.check_client({lost}) == 8);
  }
}

TEST_CASE("NVENC: frames are named rightly also behind one that was encoded several times") {
  const Orders order;
  EncodedStream stream(small(), nvenc_kind());
  stream.run(2);
  auto again = stream.encoder().encode({.picture = &stream.picture(), .most_bytes = 10});
  REQUIRE(again.ok());
  stream.run(3);
  const std::uint64_t newest = stream.frames().back().number;
  stream.encoder().invalidate(newest);
  // The stand-in refuses to invalidate what it has not.
  CHECK(stream.next().type == FrameType::kAfterInvalidation);
}

TEST_CASE("NVENC: a loss that is too old, or a GPU that cannot, is answered by an IDR") {
  {
    const Orders order;
    EncodedStream stream(small(), nvenc_kind());
    stream.run(20);
    stream.encoder().invalidate(4);
    CHECK(stream.next().type == FrameType::kIdr);
    stream.encoder().invalidate(21);
    CHECK(stream.next().type == FrameType::kIdr);
  }
  const Orders order("no-invalidation");
  EncodedStream stream(small(), nvenc_kind());
  stream.run(5);
  stream.encoder().invalidate(5);
  CHECK(stream.next().type == FrameType::kIdr);
  CHECK(facts().reference_frames == 1);
}

TEST_CASE("NVENC: what cannot be had is said, with the driver's words") {
  unsetenv("EARTHSHINE_STAND_IN_NVENC");
  CHECK(fault_of(small()).find("CUDA_ERROR_NO_DEVICE") != std::string::npos);
  {
    const Orders order("no-device");
    CHECK(fault_of(small()) == "NVIDIA's driver finds no GPU in this machine.");
  }
  {
    const Orders order("no-hevc,no-444");
    CHECK(fault_of(small(VideoCodec::kHevc)) ==
          "Stand-in GPU does not encode HEVC with 8 bits and 4:2:0.");
    EncoderSettings full = small();
    full.format.chroma = Chroma::k444;
    CHECK(fault_of(full) == "Stand-in GPU does not encode H.264 with 8 bits and 4:4:4.");
  }
  {
    const Orders order("refuse-session");
    CHECK(fault_of(small()).find("as many streams as this GPU may encode") != std::string::npos);
  }
  {
    const Orders order("refuse-settings");
    CHECK(fault_of(small()).find("these settings are refused") != std::string::npos);
  }
  const Orders order;
  EncoderSettings wide = small();
  wide.width = 8192;
  CHECK(fault_of(wide) == "Stand-in GPU takes no picture that is larger than 4096×4096.");
  EncoderSettings other = small();
  other.gpu = "/dev/dri/renderD999";
  CHECK(fault_of(other) == "/dev/dri/renderD999 is no GPU of NVIDIA's driver.");
}

TEST_CASE("NVENC: a GPU that is lost is a fault, and nothing is left behind on it") {
  auto* contexts = in_stand_in<int()>("libcuda.so.1", "cuda_stand_in_contexts");
  const int before = facts().objects;
  for (const char* orders : {"works", "lost=5", "refuse-settings", "refuse-session"}) {
    CAPTURE(orders);
    const Orders order(orders);
    auto opened = nvenc_kind().open(small());
    bool failed = !opened.ok();
    const YuvPicture picture(320, 180, {});
    for (int i = 0; i < 4 && !failed; ++i) {
      failed = !opened.value()->encode({.picture = &picture}).ok();
    }
    CHECK(failed == (std::string(orders) != "works"));
    if (opened) opened.value().reset();
    CHECK(facts().objects == before);
    CHECK(contexts() == 0);
  }
}
