#include "encode/x265/x265_library.h"

#include <cstring>
#include <string>

#include "base/shared_library.h"

namespace earthshine {
namespace {

using Library = X265Library;
using NotUsed = void (*)();

/// What x265_api begins with.
struct Head {
  int major, build;
  int sizes[5];
  int bit_depth;
  const char* version;
  const char* build_info;
};

/// x265_api of 3.5, as far as it is used.
struct Table199 {
  Head head;
  decltype(Library::param_alloc) param_alloc;
  decltype(Library::param_free) param_free;
  NotUsed param_default;
  decltype(Library::param_parse) param_parse;
  decltype(Library::param_apply_profile) param_apply_profile;
  decltype(Library::param_default_preset) param_default_preset;
  decltype(Library::picture_alloc) picture_alloc;
  decltype(Library::picture_free) picture_free;
  decltype(Library::picture_init) picture_init;
  decltype(Library::encoder_open) encoder_open;
  NotUsed encoder_parameters;
  NotUsed encoder_reconfig;
  NotUsed encoder_reconfig_zone, encoder_headers;
  decltype(Library::encoder_encode) encoder_encode;
  NotUsed encoder_get_stats, encoder_log;
  decltype(Library::encoder_close) encoder_close;
};

/// That of 4.1.
struct Table215 {
  Head head;
  decltype(Library::param_alloc) param_alloc;
  decltype(Library::param_free) param_free;
  NotUsed param_default;
  decltype(Library::param_parse) param_parse;
  NotUsed scenecut_aware_qp_param_parse;
  decltype(Library::param_apply_profile) param_apply_profile;
  decltype(Library::param_default_preset) param_default_preset;
  decltype(Library::picture_alloc) picture_alloc;
  decltype(Library::picture_free) picture_free;
  decltype(Library::picture_init) picture_init;
  decltype(Library::encoder_open) encoder_open;
  NotUsed encoder_parameters;
  NotUsed encoder_reconfig;
  NotUsed encoder_reconfig_zone, encoder_headers, configure_vbv_end;
  decltype(Library::encoder_encode) encoder_encode;
  NotUsed encoder_get_stats, encoder_log;
  decltype(Library::encoder_close) encoder_close;
};

/// What x265_picture begins with in 3.5.
struct Picture199 {
  std::int64_t pts, dts;
  void* user_data;
  const void* planes[3];
  int strides[3];
  int bit_depth, slice_type, order, color_space, forced_quantizer;
};

/// In 4.1.
struct Picture215 {
  std::int64_t pts, dts;
  int vbv_end;
  void* user_data;
  const void* planes[4];
  int strides[4];
  int bit_depth, slice_type, order, color_space, forced_quantizer;
};

/// SAFETY: the library's own allocation of a picture of this version.
template <typename PictureOfVersion>
void fill(Library::Picture* picture, const Library::Input& input) {
  auto& target = *reinterpret_cast<PictureOfVersion*>(picture);
  target.pts = input.time;
  for (int plane = 0; plane < 3; ++plane) {
    target.planes[plane] = input.planes[plane];
    target.strides[plane] = input.strides[plane];
  }
  target.bit_depth = input.bit_depth;
  target.slice_type = input.slice_type;
  target.color_space = input.color_space;
  target.forced_quantizer = input.forced_quantizer;
}

template <typename Table, typename PictureOfVersion>
Library read(const void* api) {
  const auto& table = *static_cast<const Table*>(api);
  return {.version = table.head.version,
          .param_alloc = table.param_alloc,
          .param_free = table.param_free,
          .param_parse = table.param_parse,
          .param_default_preset = table.param_default_preset,
          .param_apply_profile = table.param_apply_profile,
          .picture_alloc = table.picture_alloc,
          .picture_free = table.picture_free,
          .picture_init = table.picture_init,
          .encoder_open = table.encoder_open,
          .encoder_encode = table.encoder_encode,
          .encoder_close = table.encoder_close,
          .fill = fill<PictureOfVersion>};
}

struct Version {
  int build;
  const char* soname;
  const char* entry;
  Library (*read)(const void* api);
};
/// The newest first.
constexpr Version kVersions[] = {
    {215, "libx265.so.215", "x265_api_get_215", read<Table215, Picture215>},
    {199, "libx265.so.199", "x265_api_get_199", read<Table199, Picture199>},
};

Fault not_there(const std::string& reason) {
  return Fault{
      "x265 cannot be used, because version 3.5 or 4.1 of its library is not installed (" + reason +
      "). On Debian and Ubuntu it comes with ffmpeg; on Fedora it is x265-libs of RPM Fusion."};
}

Result<Library> load(int bit_depth) {
  std::string reason;
  for (const Version& version : kVersions) {
    auto opened = SharedLibrary::open(version.soname);
    if (!opened) {
      if (!reason.empty()) reason += "; ";
      reason += opened.fault().message;
      continue;
    }
    const void* (*entry)(int) = nullptr;
    if (!opened.value().find(version.entry, entry)) return not_there("a function is missing in it");
    const void* api = entry(bit_depth);
    if (api == nullptr) {
      return Fault{std::string(version.soname) + " of this machine was built without " +
                   std::to_string(bit_depth) + " bits."};
    }
    Head head;
    std::memcpy(&head, api, sizeof head);
    if (head.build != version.build || head.bit_depth != bit_depth) {
      return not_there("it says that it is build " + std::to_string(head.build) + " for " +
                       std::to_string(head.bit_depth) + " bits");
    }
    return version.read(api);
  }
  return not_there(reason);
}

}  // namespace

Result<const X265Library*> X265Library::get(int bit_depth) {
  static const Result<X265Library> narrow = load(8);
  static const Result<X265Library> deep = load(10);
  const Result<X265Library>& loaded = bit_depth == 10 ? deep : narrow;
  if (!loaded) return loaded.fault();
  return &loaded.value();
}

}  // namespace earthshine
