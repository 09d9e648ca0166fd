#include "encode/encoder_kinds.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "encode/encoder_probe.h"
#include "encode/x265/x265_library.h"

using namespace earthshine;

namespace {

EncoderSettings small(VideoCodec codec, Chroma chroma, int bit_depth) {
  EncoderSettings settings;
  settings.codec = codec;
  settings.format.chroma = chroma;
  settings.format.bit_depth = bit_depth;
  settings.width = 320;
  settings.height = 180;
  settings.bitrate_kbps = 1000;
  return settings;
}

bool works(const EncoderProbe& probe, VideoCodec codec, Chroma chroma, int bit_depth) {
  return probe.codec == codec &&
         std::any_of(probe.profiles.begin(), probe.profiles.end(), [&](const auto& profile) {
           return profile.fault.empty() && profile.chroma == chroma &&
                  profile.bit_depth == bit_depth;
         });
}

}  // namespace

TEST_CASE("what the probe finds is what can be opened, and nothing else is") {
  const auto probes = probe_encoders();
  int opened = 0;
  for (const VideoCodec codec : {VideoCodec::kH264, VideoCodec::kHevc, VideoCodec::kAv1}) {
    for (const Chroma chroma : {Chroma::k420, Chroma::k444}) {
      for (const int depth : {8, 10}) {
        CAPTURE(codec_name(codec));
        CAPTURE(depth);
        const bool found = std::any_of(probes.begin(), probes.end(), [&](const auto& probe) {
          return works(probe, codec, chroma, depth);
        });
        const auto encoder = open_encoder(small(codec, chroma, depth));
        CHECK(encoder.ok() == found);
        opened += encoder.ok() ? 1 : 0;
        // What no row has is told of this host; what a GPU would have, of the GPU.
        if (!encoder.ok()) CHECK_FALSE(encoder.fault().message.empty());
      }
    }
  }
  // H.264 4:2:0 and 4:4:4; and where libx265 is installed HEVC in both, with 8 and 10 bits.
  CHECK(opened == (X265Library::get(8).ok() ? 2 + 4 : 2));
}

TEST_CASE("each row is probed once a codec, under its own name and in the encoder's own words") {
  const auto probes = probe_encoders();
  std::set<std::pair<std::string, VideoCodec>> rows;
  for (const auto& kind : encoder_kinds()) {
    for (const auto& profile : kind.profiles) rows.emplace(kind.name, profile.codec);
  }
  CHECK(probes.size() == rows.size());
  for (const auto& probe : probes) {
    CAPTURE(probe.name);
    CHECK(rows.contains({probe.name, probe.codec}));
    // What cannot be had says why.
    CHECK(probe.fault.empty() == !probe.description.empty());
    CHECK_FALSE(probe.profiles.empty());
  }
  const auto x264 = std::find_if(probes.begin(), probes.end(),
                                 [](const auto& probe) { return probe.name == "x264"; });
  REQUIRE(x264 != probes.end());
  CHECK(x264->description.find("x264, ") == 0);
  CHECK(x264->description.find("CAVLC") != x264->description.find("CABAC"));
  CHECK(x264->invalidation);
  for (const auto& profile : x264->profiles) {
    CHECK(profile.bends);
    // Ten frames of VGA a second are less than the slowest processor does, and a thousand of 4K
    // more than the fastest.
    CHECK(profile.samples_per_second > 3e6);
    CHECK(profile.samples_per_second < 8e9);
  }
  CHECK(x264->fault.empty());
}

TEST_CASE("a refusal names what the host encodes") {
  EncoderSettings hevc = small(VideoCodec::kHevc, Chroma::k420, 8);
  hevc.kinds = {"x264"};
  CHECK(open_encoder(hevc).fault().message ==
        "This host does not encode HEVC with 8 bits and 4:2:0.");
  const auto deep = open_encoder(small(VideoCodec::kH264, Chroma::k420, 10));
  CHECK(deep.fault().message == "This host does not encode H.264 with 10 bits and 4:2:0.");
}
