#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "encode/bitstream.h"
#include "encode/encoded_stream.h"
#include "encode/x264_encoder.h"
#include "encode/x264_level.h"

using namespace earthshine;
using earthshine::test::EncodedStream;
using earthshine::test::parse_sps;
using earthshine::test::units;

namespace {

constexpr int kWidth = 640, kHeight = 368;

EncoderSettings small(Chroma chroma = Chroma::k420, int slices = 1) {
  EncoderSettings settings;
  settings.width = kWidth;
  settings.height = kHeight;
  settings.bitrate_kbps = 3000;
  settings.format.chroma = chroma;
  settings.slices = slices;
  return settings;
}

EncodedStream open(const EncoderSettings& settings = small()) {
  return EncodedStream(settings, x264_kind());
}

}  // namespace

TEST_CASE("after an invalidation the stream goes on from a frame that the client has") {
  for (const Chroma chroma : {Chroma::k420, Chroma::k444}) {
    for (const int slices : {1, 4}) {
      for (const int late : {0, 1, 2}) {
        CAPTURE(slices);
        CAPTURE(late);
        EncodedStream stream = open(small(chroma, slices));
        stream.run(20);
        const std::uint64_t lost = stream.frames().back().number;
        CHECK(lost == 20);
        stream.run(late);
        stream.encoder().invalidate(lost);
        CHECK(stream.next().type == FrameType::kAfterInvalidation);
        CHECK(stream.next().type == FrameType::kPredicted);
        stream.run(8);
        CHECK(stream.check_client({lost}) == 10);
      }
    }
  }
}

TEST_CASE("no loss holds pictures back, wherever in the stream it lies") {
  // With a frame_num of four bits a decoder takes the loss of every 16th frame for a step back.
  for (std::uint64_t lost = 12; lost <= 20; ++lost) {
    CAPTURE(lost);
    EncodedStream stream = open();
    stream.run(static_cast<int>(lost));
    stream.encoder().invalidate(lost);
    stream.run(24);
    CHECK(stream.check_client({lost}) == 24);
  }
}

TEST_CASE("every frame that an IDR would have cost is smaller than one") {
  EncodedStream stream = open();
  stream.run(20);
  const std::size_t idr = stream.frames().front().bytes.size();
  stream.encoder().invalidate(19);
  CHECK(stream.next().bytes.size() < idr * 3 / 4);
}

TEST_CASE("losses again and again, also of the answer itself, are all repaired") {
  EncodedStream stream = open();
  std::set<std::uint64_t> lost;
  stream.run(10);
  for (int i = 0; i < 12; ++i) {
    // The answer to the call before is lost, too, at every third turn.
    const std::uint64_t number = i % 3 == 2 ? stream.frames().back().number : stream.next().number;
    lost.insert(number);
    stream.encoder().invalidate(number);
    stream.next();
    if (i % 3 != 1) stream.run(i % 4 + 1);
  }
  stream.run(5);
  CHECK(stream.check_client(lost) > 5);
}

TEST_CASE("invalidating the same frames twice before the next frame is as good as once") {
  EncodedStream stream = open();
  stream.run(12);
  stream.encoder().invalidate(12);
  stream.encoder().invalidate(11);
  stream.encoder().invalidate(12);
  CHECK(stream.next().type == FrameType::kAfterInvalidation);
  stream.run(3);
  CHECK(stream.check_client({11, 12}) == 4);
}

TEST_CASE("a range too old, everything, or the IDR itself becomes an IDR") {
  for (const std::uint64_t first : {0, 1, 2, 5}) {
    CAPTURE(first);
    EncodedStream stream = open();
    stream.run(40);
    stream.encoder().invalidate(first);
    CHECK(stream.next().type == FrameType::kIdr);
    CHECK(stream.next().type == FrameType::kPredicted);
    std::set<std::uint64_t> lost;
    for (std::uint64_t n = std::max<std::uint64_t>(first, 1); n <= 40; ++n) lost.insert(n);
    CHECK(stream.check_client(lost) == 2);
  }
  EncodedStream stream = open();
  stream.run(5);
  CHECK(stream.next(false, true).type == FrameType::kIdr);
  stream.encoder().invalidate(6);
  CHECK(stream.next().type == FrameType::kIdr);
  // The first frame after an IDR is lost: the IDR is there to go on from.
  CHECK(stream.next().type == FrameType::kPredicted);
  stream.encoder().invalidate(8);
  CHECK(stream.next().type == FrameType::kAfterInvalidation);
  // What was lost before the IDR, and the IDR with it.
  stream.encoder().invalidate(3);
  CHECK(stream.next().type == FrameType::kIdr);
}

TEST_CASE("before the first frame, and of frames still to come, there is nothing to invalidate") {
  EncodedStream stream = open();
  stream.encoder().invalidate(1);
  CHECK(stream.next().type == FrameType::kIdr);
  CHECK(stream.next().type == FrameType::kPredicted);
  stream.encoder().invalidate(3);
  CHECK(stream.next().type == FrameType::kAfterInvalidation);
  CHECK(stream.check_client({}) == 0);
}

TEST_CASE("an IDR that was asked for as well answers the invalidation") {
  EncodedStream stream = open();
  stream.run(6);
  stream.encoder().invalidate(6);
  CHECK(stream.next(false, true).type == FrameType::kIdr);
  CHECK(stream.next().type == FrameType::kPredicted);
}

TEST_CASE("with a client that allows one reference frame every invalidation is an IDR") {
  EncoderSettings settings = small();
  settings.max_reference_frames = 1;
  EncodedStream stream = open(settings);
  stream.run(6);
  stream.encoder().invalidate(6);
  CHECK(stream.next().type == FrameType::kIdr);
  CHECK(parse_sps(units(stream.frames().front().bytes)[0]).reference_frames == 1);
}

TEST_CASE("a still picture is repaired from the older frame, not taken from the lost one") {
  // The loss comes while the screen is still: every block is called unchanged since the frame
  // before, which the client does not have.
  EncodedStream stream = open();
  stream.run(10);
  for (int i = 0; i < 3; ++i) stream.next(true);
  stream.encoder().invalidate(10);
  CHECK(stream.next(true).type == FrameType::kAfterInvalidation);
  for (int i = 0; i < 10; ++i) stream.next(true);
  stream.run(3);
  CHECK(stream.check_client({10}) == 14);
}

TEST_CASE("as many frames are kept as the level allows and memory affords") {
  const auto frames = [](int width, int height, int kbps, int rate = 60, int wish = 0) {
    EncoderSettings settings;
    settings.width = width;
    settings.height = height;
    settings.bitrate_kbps = kbps;
    settings.rate_numerator = rate;
    settings.max_reference_frames = wish;
    return x264_reference_frames(settings);
  };
  CHECK(frames(1920, 1080, 20'000) == 4);
  CHECK(frames(1920, 1080, 20'000, 60, 1) == 1);
  CHECK(frames(1920, 1080, 20'000, 60, 2) == 2);
  CHECK(frames(1920, 1080, 20'000, 60, 16) == 4);
  CHECK(frames(1280, 720, 10'000) == 5);
  CHECK(frames(1280, 720, 10'000, 120) == 8);
  // Level 5 and more would allow 13: memory does not.
  CHECK(frames(1920, 1080, 100'000) == 4);
  CHECK(frames(640, 360, 2000) == 8);
  CHECK(frames(3840, 2160, 50'000) == 4);
  CHECK(frames(7680, 4320, 100'000) == 4);

  for (const auto& [width, height, kbps] : {std::tuple{1920, 1080, 20'000},
                                            {1280, 720, 10'000},
                                            {640, 368, 3000},
                                            {1920, 1080, 100'000}}) {
    CAPTURE(width);
    EncoderSettings settings = small();
    settings.width = width;
    settings.height = height;
    settings.bitrate_kbps = kbps;
    EncodedStream stream = open(settings);
    const auto sps = parse_sps(units(stream.next().bytes)[0]);
    const auto expected = static_cast<unsigned>(x264_reference_frames(settings));
    CHECK(sps.reference_frames == expected);
    // Decoders hand every picture out at once, however many frames they keep.
    CHECK(sps.reorder_frames == 0);
    CHECK(sps.frame_buffers == expected);
    CHECK(sps.level == (width == 1280 ? 32 : width == 640 ? 31 : kbps > 62'500 ? 50 : 42));
  }
}
