#include "capture/pipewire/format.h"

#include <spa/buffer/buffer.h>
#include <spa/buffer/meta.h>
#include <spa/param/buffers.h>
#include <spa/param/video/format-utils.h>
#include <spa/pod/builder.h>

#include <algorithm>

namespace earthshine {
namespace {

constexpr std::uint32_t kLargestSide = 16'384;
constexpr std::uint32_t kHighestRate = 1'000;
/// DRM_FORMAT_MOD_LINEAR: rows one behind the other, which is what can be read here.
constexpr std::int64_t kLinear = 0;

// One that is read, one that waits, one that is on its way or being painted. KWin gives no more
// than 4.
constexpr int kBuffers = 4, kFewestBuffers = 3, kMostBuffers = 8;
constexpr int kRegions = 16;
constexpr std::uint32_t kCursorSide = 64, kLargestCursorSide = 1024;

struct Pixels {
  spa_video_format format;
  PixelOrder order;
  int skip;
};

constexpr Pixels kPixels[] = {
    {SPA_VIDEO_FORMAT_BGRx, PixelOrder::kBgrx, 0}, {SPA_VIDEO_FORMAT_BGRA, PixelOrder::kBgrx, 0},
    {SPA_VIDEO_FORMAT_RGBx, PixelOrder::kRgbx, 0}, {SPA_VIDEO_FORMAT_RGBA, PixelOrder::kRgbx, 0},
    {SPA_VIDEO_FORMAT_xRGB, PixelOrder::kRgbx, 1}, {SPA_VIDEO_FORMAT_ARGB, PixelOrder::kRgbx, 1},
    {SPA_VIDEO_FORMAT_xBGR, PixelOrder::kBgrx, 1}, {SPA_VIDEO_FORMAT_ABGR, PixelOrder::kBgrx, 1},
};

/// The limit of the rate that an offer names.
enum class Limit : std::uint8_t { kNone, kZero, kExact, kRange };

struct Builder {
  std::vector<std::uint8_t> memory = std::vector<std::uint8_t>(2048);
  spa_pod_builder pod{};
  spa_pod_frame object{};

  Builder(std::uint32_t type, std::uint32_t id) {
    spa_pod_builder_init(&pod, memory.data(), static_cast<std::uint32_t>(memory.size()));
    spa_pod_builder_push_object(&pod, &object, type, id);
  }
  std::vector<std::uint8_t> finish() {
    spa_pod_builder_pop(&pod, &object);
    return std::move(memory);
  }
};

struct Wish {
  spa_rectangle size;
  bool only_size;
  spa_fraction rate;
};

std::vector<std::uint8_t> offer(const Wish& wish, Limit limit, bool device) {
  Builder builder(SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat);
  spa_pod_builder* pod = &builder.pod;
  spa_pod_builder_add(pod, SPA_FORMAT_mediaType, SPA_POD_Id(SPA_MEDIA_TYPE_video),
                      SPA_FORMAT_mediaSubtype, SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw), 0);

  spa_pod_frame choice{};
  spa_pod_builder_prop(pod, SPA_FORMAT_VIDEO_format, 0);
  spa_pod_builder_push_choice(pod, &choice, SPA_CHOICE_Enum, 0);
  // The first value of a choice is its default.
  spa_pod_builder_id(pod, kPixels[0].format);
  for (const Pixels& pixels : kPixels) spa_pod_builder_id(pod, pixels.format);
  spa_pod_builder_pop(pod, &choice);

  if (device) {
    spa_pod_builder_prop(pod, SPA_FORMAT_VIDEO_modifier,
                         SPA_POD_PROP_FLAG_MANDATORY | SPA_POD_PROP_FLAG_DONT_FIXATE);
    spa_pod_builder_push_choice(pod, &choice, SPA_CHOICE_Enum, 0);
    spa_pod_builder_long(pod, kLinear);
    spa_pod_builder_long(pod, kLinear);
    spa_pod_builder_pop(pod, &choice);
  }

  spa_rectangle size = wish.size;
  if (wish.only_size) {
    spa_pod_builder_add(pod, SPA_FORMAT_VIDEO_size, SPA_POD_Rectangle(&size), 0);
  } else {
    spa_rectangle least{1, 1};
    spa_rectangle most{kLargestSide, kLargestSide};
    spa_pod_builder_add(pod, SPA_FORMAT_VIDEO_size,
                        SPA_POD_CHOICE_RANGE_Rectangle(&size, &least, &most), 0);
  }

  spa_fraction variable{0, 1};
  spa_fraction highest{kHighestRate, 1};
  spa_pod_builder_add(pod, SPA_FORMAT_VIDEO_framerate,
                      SPA_POD_CHOICE_RANGE_Fraction(&variable, &variable, &highest), 0);
  spa_fraction rate = wish.rate;
  spa_fraction slowest{1, 1};
  switch (limit) {
    case Limit::kNone:
      break;
    case Limit::kZero:
      spa_pod_builder_add(pod, SPA_FORMAT_VIDEO_maxFramerate, SPA_POD_Fraction(&variable), 0);
      break;
    case Limit::kExact:
      spa_pod_builder_add(pod, SPA_FORMAT_VIDEO_maxFramerate, SPA_POD_Fraction(&rate), 0);
      break;
    case Limit::kRange:
      spa_pod_builder_add(pod, SPA_FORMAT_VIDEO_maxFramerate,
                          SPA_POD_CHOICE_RANGE_Fraction(&highest, &slowest, &highest), 0);
      break;
  }
  return builder.finish();
}

std::vector<std::uint8_t> metadata(std::uint32_t type, std::size_t size, std::size_t least,
                                   std::size_t most) {
  Builder builder(SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta);
  spa_pod_builder_add(&builder.pod, SPA_PARAM_META_type, SPA_POD_Id(type), 0);
  if (least == most) {
    spa_pod_builder_add(&builder.pod, SPA_PARAM_META_size, SPA_POD_Int(static_cast<int>(size)), 0);
  } else {
    spa_pod_builder_add(&builder.pod, SPA_PARAM_META_size,
                        SPA_POD_CHOICE_RANGE_Int(static_cast<int>(size), static_cast<int>(least),
                                                 static_cast<int>(most)),
                        0);
  }
  return builder.finish();
}

std::size_t cursor_size(std::size_t side) {
  return sizeof(spa_meta_cursor) + sizeof(spa_meta_bitmap) + 4 * side * side;
}

std::vector<Limit> limits(PipewireRate rate) {
  switch (rate) {
    case PipewireRate::kVariable:
      return {Limit::kZero, Limit::kRange, Limit::kNone};
    case PipewireRate::kFractional:
      return {Limit::kExact, Limit::kRange, Limit::kNone};
    default:
      return {Limit::kRange, Limit::kNone};
  }
}

}  // namespace

PipewireParameters PipewireParameters::formats(const PipewireSourceOptions& options, bool device) {
  constexpr spa_rectangle kUsual{1920, 1080};
  Wish wish{};
  wish.only_size = options.width > 0 && options.height > 0;
  wish.size = wish.only_size ? spa_rectangle{static_cast<std::uint32_t>(options.width),
                                             static_cast<std::uint32_t>(options.height)}
                             : kUsual;
  wish.rate = {static_cast<std::uint32_t>(options.rate_numerator),
               static_cast<std::uint32_t>(options.rate_denominator)};
  PipewireParameters result;
  for (const Limit limit : limits(options.rate)) {
    if (device && options.device_first) result.memory_.push_back(offer(wish, limit, true));
    result.memory_.push_back(offer(wish, limit, false));
    if (device && !options.device_first) result.memory_.push_back(offer(wish, limit, true));
  }
  return result;
}

PipewireParameters PipewireParameters::buffers(const PipewireFormat& format, bool cursor) {
  PipewireParameters result;
  // Without a modifier a device's buffers would be laid out in a way that only the device knows.
  const int types =
      format.device ? 1 << SPA_DATA_DmaBuf | 1 << SPA_DATA_MemFd : 1 << SPA_DATA_MemFd;
  Builder builder(SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers);
  spa_pod_builder_add(&builder.pod, SPA_PARAM_BUFFERS_buffers,
                      SPA_POD_CHOICE_RANGE_Int(kBuffers, kFewestBuffers, kMostBuffers),
                      SPA_PARAM_BUFFERS_blocks, SPA_POD_Int(1), SPA_PARAM_BUFFERS_dataType,
                      SPA_POD_CHOICE_FLAGS_Int(types), 0);
  result.memory_.push_back(builder.finish());
  const auto fixed = [&](std::uint32_t type, std::size_t size) {
    result.memory_.push_back(metadata(type, size, size, size));
  };
  fixed(SPA_META_Header, sizeof(spa_meta_header));
  fixed(SPA_META_VideoCrop, sizeof(spa_meta_region));
  result.memory_.push_back(metadata(SPA_META_VideoDamage, kRegions * sizeof(spa_meta_region),
                                    sizeof(spa_meta_region), kRegions * sizeof(spa_meta_region)));
  if (cursor) {
    result.memory_.push_back(metadata(SPA_META_Cursor, cursor_size(kCursorSide), cursor_size(1),
                                      cursor_size(kLargestCursorSide)));
  }
  return result;
}

std::vector<const spa_pod*> PipewireParameters::pods() const {
  std::vector<const spa_pod*> pods;
  pods.reserve(memory_.size());
  // SAFETY: a builder has put a pod at the beginning of each, aligned as the allocator aligns.
  for (const auto& each : memory_) pods.push_back(reinterpret_cast<const spa_pod*>(each.data()));
  return pods;
}

std::optional<PipewireFormat> read_format(const spa_pod& format) {
  spa_video_info_raw raw{};
  if (spa_format_video_raw_parse(&format, &raw) < 0) return std::nullopt;
  const auto known = std::find_if(std::begin(kPixels), std::end(kPixels),
                                  [&](const Pixels& each) { return each.format == raw.format; });
  if (known == std::end(kPixels) || raw.size.width == 0 || raw.size.height == 0 ||
      raw.size.width > kLargestSide || raw.size.height > kLargestSide) {
    return std::nullopt;
  }
  return PipewireFormat{
      .width = static_cast<int>(raw.size.width),
      .height = static_cast<int>(raw.size.height),
      .order = known->order,
      .skip = known->skip,
      .device = spa_pod_find_prop(&format, nullptr, SPA_FORMAT_VIDEO_modifier) != nullptr};
}

}  // namespace earthshine
