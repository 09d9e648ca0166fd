#include "addon/media_options.h"

#include <algorithm>
#include <utility>

namespace earthshine::addon {
namespace {

// Wider than any client asks for; what lies beyond is a mistake on the script side.
constexpr std::int64_t kLargestSide = 8192;
constexpr std::int64_t kLargestRate = 1'000'000;
constexpr std::int64_t kLargestKbps = 2'000'000;
/// MOST_SLICES of the script side
constexpr std::int64_t kMostSlices = 32;
/// CARD_LINES and CARD_COLUMNS of the script side, with room
constexpr std::size_t kMostCardLines = 16;
constexpr std::size_t kLongestCardLine = 100;
constexpr std::int64_t kLargestLinkKbps = 1'000'000'000;
constexpr std::int64_t kAnyU32 = 0xFFFFFFFF;
/// What a number of the script side holds exactly.
constexpr std::int64_t kAnyWhole = (std::int64_t{1} << 53) - 1;

void read_words(const OptionReader& from, const char* name, std::span<std::uint16_t> words) {
  const Napi::Value value = from.value(name);
  const auto list = value.IsArray() ? value.As<Napi::Array>() : Napi::Array();
  if (!value.IsArray() || list.Length() != words.size()) from.refuse(name, "numbers of 16 bits");
  for (std::uint32_t i = 0; i < words.size(); ++i) {
    const Napi::Value number = list.Get(i);
    const std::int64_t word =
        number.IsNumber() ? number.As<Napi::Number>().Int64Value() : std::int64_t{-1};
    if (word < 0 || word > 0xFFFF) from.refuse(name, "numbers of 16 bits");
    words[i] = static_cast<std::uint16_t>(word);
  }
}

MasteringLight read_light(const OptionReader& hdr) {
  MasteringLight light;
  const std::span all(light.chromaticities);
  read_words(hdr, "primaries", all.first(6));
  read_words(hdr, "whitePoint", all.last(2));
  light.max_luminance = static_cast<int>(hdr.integer("maxLuminance", 0, 0xFFFF));
  light.min_luminance = static_cast<int>(hdr.integer("minLuminance", 0, 0xFFFF));
  light.max_content = static_cast<int>(hdr.integer("maxContentLight", 0, 0xFFFF));
  light.max_average = static_cast<int>(hdr.integer("maxFrameAverageLight", 0, 0xFFFF));
  return light;
}

EncoderSettings read_encoder(const OptionReader& video) {
  EncoderSettings settings;
  settings.codec = video.choice<VideoCodec>(
      "codec",
      {{"h264", VideoCodec::kH264}, {"hevc", VideoCodec::kHevc}, {"av1", VideoCodec::kAv1}});
  settings.format.chroma =
      video.choice<Chroma>("chroma", {{"4:2:0", Chroma::k420}, {"4:4:4", Chroma::k444}});
  settings.format.bit_depth = static_cast<int>(video.integer("bitDepth", 8, 10));
  if (settings.format.bit_depth == 9) video.refuse("bitDepth", "8 or 10");
  settings.format.color_space =
      video.choice<ColorSpace>("colorSpace", {{"bt601", ColorSpace::kBt601},
                                              {"bt709", ColorSpace::kBt709},
                                              {"bt2020", ColorSpace::kBt2020}});
  if (settings.format.color_space == ColorSpace::kBt2020 && settings.format.bit_depth == 8) {
    video.refuse("colorSpace", "possible with 8 bits");
  }
  if (video.has("hdr")) {
    if (settings.format.color_space != ColorSpace::kBt2020) video.refuse("hdr", "of BT.2020");
    settings.format.transfer = Transfer::kPq;
    settings.light = read_light(video.object("hdr"));
  }
  settings.format.full_range = video.boolean("fullRange");
  settings.slices = static_cast<int>(video.integer("slices", 1, kMostSlices));
  settings.max_reference_frames = static_cast<int>(video.integer("maxReferenceFrames", 0, 16));
  settings.bitrate_kbps = static_cast<int>(video.integer("bitrateKbps", 1, kLargestKbps));
  if (video.has("encoders")) settings.kinds = video.strings("encoders");
  if (video.has("gpu")) settings.gpu = video.string("gpu");
  return settings;
}

ImpairmentSettings read_drop(const OptionReader& drop) {
  ImpairmentSettings settings;
  settings.drop = drop.number("percentage", 0, 100);
  settings.burst = static_cast<int>(drop.integer("burst", 1, 100'000));
  settings.seed = static_cast<std::uint64_t>(drop.integer("seed", 0, kAnyWhole));
  return settings;
}

VideoStreamOptions read_video_stream(const OptionReader& video) {
  VideoStreamOptions stream;
  stream.packet_size = static_cast<int>(video.integer("packetSize", 64, 65'000));
  stream.fec_percentage = static_cast<int>(video.integer("fecPercentage", 0, 255));
  stream.min_fec_packets = static_cast<int>(video.integer("minFecPackets", 0, 255));
  stream.key = video.key("key");
  stream.dscp = video.boolean("dscp");
  stream.bitrate_kbps = static_cast<int>(video.integer("bitrateKbps", 1, kLargestKbps));

  const OptionReader sending = video.object("sending");
  stream.method = sending.choice<SendMethod>("method", {{"auto", SendMethod::kAuto},
                                                        {"gso", SendMethod::kSegmentation},
                                                        {"sendmmsg", SendMethod::kBatch},
                                                        {"send", SendMethod::kSingle}});
  stream.pacing = sending.choice<PacingMode>(
      "pacing",
      {{"smooth", PacingMode::kSmooth}, {"burst", PacingMode::kBurst}, {"off", PacingMode::kOff}});
  stream.link_bits_per_second = sending.integer("linkKbps", 1, kLargestLinkKbps) * 1000;
  if (sending.has("drop")) stream.drop = read_drop(sending.object("drop"));
  return stream;
}

AudioTrackOptions read_audio(const OptionReader& audio) {
  AudioTrackOptions track;
  track.channels = static_cast<int>(audio.integer("channels", 1, 8));
  track.streams = static_cast<int>(audio.integer("streams", 1, 8));
  track.coupled_streams = static_cast<int>(audio.integer("coupledStreams", 0, track.streams));
  const Napi::Value mapping = audio.value("mapping");
  if (!mapping.IsArray()) audio.refuse("mapping", "an array");
  const auto list = mapping.As<Napi::Array>();
  if (static_cast<int>(list.Length()) != track.channels) {
    audio.refuse("mapping", "one number per channel");
  }
  track.mapping.clear();
  for (std::uint32_t i = 0; i < list.Length(); ++i) {
    const Napi::Value value = list.Get(i);
    const std::int64_t number =
        value.IsNumber() ? value.As<Napi::Number>().Int64Value() : std::int64_t{-1};
    if (number < 0 || number >= track.streams + track.coupled_streams) {
      audio.refuse("mapping", "made of the streams' channels");
    }
    track.mapping.push_back(static_cast<std::uint8_t>(number));
  }
  track.bitrate = static_cast<int>(audio.integer("bitrate", 6'000, 4'000'000));
  track.packet_duration = static_cast<int>(audio.integer("packetDuration", 5, 10));
  if (track.packet_duration != 5 && track.packet_duration != 10) {
    audio.refuse("packetDuration", "5 or 10");
  }
  read_sound_source(audio.object("source"), track);
  return track;
}

std::vector<std::string> read_card(const OptionReader& source) {
  std::vector<std::string> lines = source.strings("lines");
  const bool fits =
      lines.size() <= kMostCardLines && std::ranges::all_of(lines, [](const std::string& line) {
        return line.size() <= kLongestCardLine;
      });
  if (!fits) source.refuse("lines", "lines that fit on a card");
  return lines;
}

PipewireSourceOptions read_pipewire(const OptionReader& source, const PictureMode& mode) {
  PipewireSourceOptions result;
  if (source.has("node")) {
    result.node = PipewireNodeId{static_cast<std::uint32_t>(source.integer("node", 0, kAnyU32))};
  } else {
    result.node = PipewireNodeSerial{source.string("serial")};
  }
  if (source.has("remoteFd")) {
    result.remote = static_cast<int>(source.integer("remoteFd", 0, 0x7FFFFFFF));
  }
  result.rate = source.choice<PipewireRate>("rate", {{"variable", PipewireRate::kVariable},
                                                     {"fractional", PipewireRate::kFractional},
                                                     {"relaxed", PipewireRate::kRelaxed}});
  result.rate_numerator = mode.rate_numerator;
  result.rate_denominator = mode.rate_denominator;
  result.cursor =
      source.choice<PipewireCursor>("cursor", {{"metadata", PipewireCursor::kMetadata},
                                               {"hidden", PipewireCursor::kHidden},
                                               {"embedded", PipewireCursor::kEmbedded}});
  if (source.has("width") && source.has("height")) {
    result.width = static_cast<int>(source.integer("width", 1, kLargestSide));
    result.height = static_cast<int>(source.integer("height", 1, kLargestSide));
  }
  return result;
}

}  // namespace

void read_sound_source(const OptionReader& source, AudioTrackOptions& track) {
  using Source = AudioTrackOptions::Source;
  track.source = source.choice<Source>("kind", {{"sink", Source::kSink},
                                                {"default-monitor", Source::kDefaultMonitor},
                                                {"silence", Source::kSilence}});
  if (track.source == Source::kSink) track.sink = source.string("name");
}

PictureOptions read_picture_options(const Napi::Value& value) {
  const OptionReader options(value, "options");
  PictureOptions result;
  result.mode.width = static_cast<int>(options.integer("width", 32, kLargestSide));
  result.mode.height = static_cast<int>(options.integer("height", 32, kLargestSide));
  // Chroma of half the size needs even sides.
  if (result.mode.width % 2 != 0) options.refuse("width", "even");
  if (result.mode.height % 2 != 0) options.refuse("height", "even");
  result.mode.rate_numerator = static_cast<int>(options.integer("rateNumerator", 1, kLargestRate));
  result.mode.rate_denominator =
      static_cast<int>(options.integer("rateDenominator", 1, kLargestRate));

  result.source.width = result.mode.width;
  result.source.height = result.mode.height;
  result.source.await = options.has("awaitSource") && options.boolean("awaitSource");
  const OptionReader source = options.object("source");
  enum class Kind : std::uint8_t { kTestPattern, kCard, kX11, kPipewire, kWayland };
  switch (source.choice<Kind>("kind", {{"test-pattern", Kind::kTestPattern},
                                       {"card", Kind::kCard},
                                       {"x11", Kind::kX11},
                                       {"pipewire", Kind::kPipewire},
                                       {"wayland-capture", Kind::kWayland}})) {
    case Kind::kTestPattern:
      result.source.kind = TestPatternOptions{.hdr = source.has("hdr") && source.boolean("hdr")};
      break;
    case Kind::kCard:
      result.source.kind = CardOptions{read_card(source)};
      break;
    case Kind::kX11:
      result.source.kind =
          X11SourceOptions{.display = source.string("display"),
                           .screen = source.has("screen") ? source.string("screen") : "",
                           .cursor = source.boolean("cursor")};
      break;
    case Kind::kPipewire:
      result.source.kind = read_pipewire(source, result.mode);
      break;
    case Kind::kWayland:
      result.source.kind = WaylandSourceOptions{.display = source.string("display"),
                                                .output = source.string("output"),
                                                .cursor = source.boolean("cursor")};
      break;
  }
  if (options.has("expected")) {
    result.expected = read_encoder(options.object("expected"));
    result.expected->width = result.mode.width;
    result.expected->height = result.mode.height;
    result.expected->rate_numerator = result.mode.rate_numerator;
    result.expected->rate_denominator = result.mode.rate_denominator;
  }
  return result;
}

ViewerOptions read_viewer_options(const Napi::Value& value) {
  const OptionReader options(value, "options");
  ViewerOptions result;
  result.viewer = static_cast<std::uint32_t>(options.integer("viewer", 0, kAnyU32));
  result.slot = static_cast<std::size_t>(
      options.integer("slot", 0, static_cast<std::int64_t>(kCounterSlots) - 1));
  auto page = CounterPage::map(static_cast<int>(options.integer("countersFd", 0, 0x7FFFFFFF)));
  if (!page) options.refuse("countersFd", "the descriptor of a counter page");
  result.counters = page.value();

  const OptionReader video = options.object("video");
  result.encoder = read_encoder(video);
  result.video = read_video_stream(video);

  const OptionReader audio = options.object("audio");
  result.audio = read_audio(audio);
  result.audio_stream.packet_duration = result.audio.packet_duration;
  result.audio_stream.key = audio.key("key");
  result.audio_stream.key_id = static_cast<std::uint32_t>(audio.integer("keyId", 0, kAnyU32));
  result.audio_stream.dscp = audio.boolean("dscp");
  return result;
}

EncoderSettings read_verified_encoder(const Napi::Value& value, std::string& name) {
  const OptionReader options(value, "options");
  name = options.string("encoder");
  EncoderSettings settings;
  settings.codec = options.choice<VideoCodec>(
      "codec",
      {{"h264", VideoCodec::kH264}, {"hevc", VideoCodec::kHevc}, {"av1", VideoCodec::kAv1}});
  settings.format.chroma =
      options.choice<Chroma>("chroma", {{"4:2:0", Chroma::k420}, {"4:4:4", Chroma::k444}});
  settings.format.bit_depth = static_cast<int>(options.integer("bitDepth", 8, 10));
  settings.width = static_cast<int>(options.integer("width", 32, kLargestSide));
  settings.height = static_cast<int>(options.integer("height", 32, kLargestSide));
  settings.bitrate_kbps = static_cast<int>(options.integer("bitrateKbps", 1, kLargestKbps));
  if (options.has("gpu")) settings.gpu = options.string("gpu");
  return settings;
}

Tuning read_tuning(const Napi::Value& value) {
  const OptionReader options(value, "tuning");
  Tuning tuning;
  if (options.has("bitrateKbps")) {
    tuning.bitrate_kbps = static_cast<int>(options.integer("bitrateKbps", 1, kLargestKbps));
  }
  if (options.has("fecPercentage")) {
    tuning.fec_percentage = static_cast<int>(options.integer("fecPercentage", 0, 255));
  }
  if (options.has("minFecPackets")) {
    tuning.min_fec_packets = static_cast<int>(options.integer("minFecPackets", 0, 255));
  }
  if (options.has("sendMethod")) {
    tuning.use_batches = options.choice<bool>("sendMethod", {{"sendmmsg", true}});
  }
  return tuning;
}

Endpoint read_endpoint(const Napi::Value& value) {
  const OptionReader options(value, "endpoint");
  Endpoint endpoint;
  endpoint.address = options.string("address");
  endpoint.port = static_cast<std::uint16_t>(options.integer("port", 1, 65'535));
  endpoint.local_address = options.string("localAddress");
  endpoint.local_port = static_cast<std::uint16_t>(options.integer("localPort", 0, 65'535));
  return endpoint;
}

}  // namespace earthshine::addon
