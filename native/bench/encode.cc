// What x264 costs and gives on this machine: efforts, presets, entropy coders, slices and threads
// over a moving screen, frame by frame in turn, so that a disturbance meets each of them.
//
//   bench-encode             the way that open_encoder() goes beside superfast/zerolatency, still
//   and
//                            partly changed screens, memory
//   bench-encode table       every way of docs/5-develop/encoding.md
//   bench-encode chosen | changes | memory    one part
//   --frames N  --mode SUBSTRING  --cores N
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "convert/picture_converter.h"
#include "encode/encoder.h"
#include "encode/x264_level.h"
#include "encode/x264_parameters.h"
#include "moving_screen.h"

using namespace earthshine;
using namespace earthshine::bench;

namespace {

struct Options {
  std::string what;
  std::string mode;
  int frames = 180;
  int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
};

struct Mode {
  const char* name;
  int width, height, rate, kbps;
  /// of --frames: large pictures take long
  double share = 1;
  /// scaled from a screen of this size
  int source_width = 0, source_height = 0;
};
constexpr Mode kModes[] = {
    {"720p60 10 Mbit/s, from 1080p", 1280, 720, 60, 10'000, 1, 1920, 1080},
    {"1080p60 20 Mbit/s", 1920, 1080, 60, 20'000},
    {"1080p60 100 Mbit/s", 1920, 1080, 60, 100'000},
    {"1440p60 40 Mbit/s", 2560, 1440, 60, 40'000, 0.7},
    {"2160p60 60 Mbit/s", 3840, 2160, 60, 60'000, 0.4},
};

EncoderSettings settings_of(const Mode& mode) {
  EncoderSettings settings;
  settings.width = mode.width;
  settings.height = mode.height;
  settings.rate_numerator = mode.rate;
  settings.bitrate_kbps = mode.kbps;
  return settings;
}

/// Microseconds of CPU time of all threads.
double process_cpu() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}
double wall() {
  return static_cast<double>(now()) / 1e3;
}

/// Mean squared error of the luma, and its mean structural similarity (8×8 blocks), which weighs
/// flat surfaces as much as edges.
struct Likeness {
  double error = 0, similarity = 0;
};
Likeness compare(const YuvPicture& picture, const std::uint8_t* luma, int stride) {
  const auto& plane = picture.plane(0);
  std::uint64_t squares = 0;
  double similarity = 0;
  int blocks = 0;
  for (int top = 0; top + 8 <= plane.height; top += 8) {
    for (int left = 0; left + 8 <= plane.width; left += 8, ++blocks) {
      int a1 = 0, b1 = 0, aa = 0, bb = 0, ab = 0;
      for (int y = top; y < top + 8; ++y) {
        const std::uint8_t* a = plane.row(y) + left;
        const std::uint8_t* b = luma + static_cast<std::ptrdiff_t>(y) * stride + left;
        for (int x = 0; x < 8; ++x) {
          a1 += a[x];
          b1 += b[x];
          aa += a[x] * a[x];
          bb += b[x] * b[x];
          ab += a[x] * b[x];
        }
      }
      squares += static_cast<std::uint64_t>(aa + bb - 2 * ab);
      const double ma = a1 / 64.0, mb = b1 / 64.0;
      const double va = aa / 64.0 - ma * ma, vb = bb / 64.0 - mb * mb, cov = ab / 64.0 - ma * mb;
      constexpr double c1 = 6.5025, c2 = 58.5225;
      similarity +=
          (2 * ma * mb + c1) * (2 * cov + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
    }
  }
  return {static_cast<double>(squares) / (64.0 * blocks), similarity / blocks};
}

/// One way to set x264 up, and what it did so far.
struct Way {
  std::string name;
  std::function<void(x264_param_t&)> set_up;
  std::unique_ptr<x264_t, void (*)(x264_t*)> encoder{nullptr, x264_encoder_close};
  std::vector<double> walls{};
  double cpu = 0, bytes = 0, error = 0, similarity = 0, quantizer = 0, worst = 0;

  bool open(const EncoderSettings& settings, int cores) {
    x264_param_t parameters;
    if (!x264_parameters(settings, cores, parameters)) return false;
    if (set_up) set_up(parameters);
    encoder.reset(x264_encoder_open(&parameters));
    return encoder != nullptr;
  }

  void encode(const YuvPicture& picture, int number, bool counts) {
    x264_picture_t in, out;
    x264_picture_init(&in);
    in.img.i_csp = X264_CSP_I420;
    in.img.i_plane = 3;
    for (int plane = 0; plane < 3; ++plane) {
      in.img.plane[plane] = picture.plane(plane).data;
      in.img.i_stride[plane] = picture.plane(plane).stride;
    }
    in.i_pts = number;
    x264_nal_t* units = nullptr;
    int count = 0;
    const double start = wall(), start_cpu = process_cpu();
    const int size = x264_encoder_encode(encoder.get(), &units, &count, &in, &out);
    const double used = process_cpu() - start_cpu, took = wall() - start;
    if (!counts || size <= 0) return;
    walls.push_back(took);
    cpu += used;
    bytes += size;
    quantizer += out.i_qpplus1 - 1;
    const Likeness likeness = compare(picture, out.img.plane[0], out.img.i_stride[0]);
    error += likeness.error;
    worst = std::max(worst, likeness.error);
    similarity += likeness.similarity;
  }

  void print(const Mode& mode, const Way& first) {
    const double n = static_cast<double>(walls.size());
    std::printf(
        "| %-36s | %5.1f | %5.1f | %5.2f | %4.2f | %5.2f | %+5.2f | %5.2f | %5.2f | %4.1f | "
        "%6.1f | %5.1f |\n",
        name.c_str(), at(0.5), at(0.95), cpu / n / 1e3, cpu / first.cpu, psnr(),
        psnr() - first.psnr(), 10 * std::log10(65025 / worst), -10 * std::log10(1 - similarity / n),
        quantizer / n, bytes / n / 1e3, bytes * 8 / n * mode.rate / 1e6);
  }
  /// Milliseconds.
  [[nodiscard]] double at(double share) const {
    std::vector<double> sorted = walls;
    std::sort(sorted.begin(), sorted.end());
    return sorted[std::min(sorted.size() - 1,
                           static_cast<std::size_t>(share * static_cast<double>(sorted.size())))] /
           1e3;
  }
  [[nodiscard]] double psnr() const {
    return 10 * std::log10(255.0 * 255 / (error / static_cast<double>(walls.size())));
  }
};

/// The picture of the first frames is that of a cold encoder and a cold rate control.
constexpr int kWarmUp = 20;

/// Encodes the moving screen in every way and prints a row for each.
void run(const Mode& mode, std::vector<Way>& ways, const Options& options) {
  const EncoderSettings settings = settings_of(mode);
  const int frames = std::max(30, static_cast<int>(options.frames * mode.share));
  MovingScreen screen(mode.source_width > 0 ? mode.source_width : mode.width,
                      mode.source_height > 0 ? mode.source_height : mode.height);
  YuvPicture picture(mode.width, mode.height, settings.format);
  PictureConverter converter;
  for (Way& way : ways) {
    if (!way.open(settings, options.cores)) std::printf("%s: not opened\n", way.name.c_str());
  }
  std::erase_if(ways, [](const Way& way) { return way.encoder == nullptr; });
  for (int i = 0; i < frames + kWarmUp; ++i) {
    converter.convert(screen.draw(static_cast<std::uint32_t>(i)), picture);
    for (Way& way : ways) way.encode(picture, i, i >= kWarmUp);
  }
  std::printf("\n%s, %d cores, %d frames\n\n", mode.name, options.cores, frames);
  std::printf(
      "| way | p50 ms | p95 ms | CPU ms | of 1st | PSNR | to 1st | worst frame | SSIM dB | QP | KB "
      "a "
      "frame | Mbit/s |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n");
  for (Way& way : ways) way.print(mode, ways.front());
  std::fflush(stdout);
}

using Change = std::function<void(x264_param_t&)>;

/// x264's own preset with its own analysis and quantizers, cut as x264_parameters() cuts.
Change preset(const char* name, int threads, const Change& more = nullptr) {
  return [=](x264_param_t& p) {
    x264_param_t fresh;
    x264_param_default_preset(&fresh, name, "zerolatency");
    p.analyse = fresh.analyse;
    p.analyse.i_weighted_pred = X264_WEIGHTP_NONE;
    p.b_cabac = fresh.b_cabac;
    p.b_deblocking_filter = fresh.b_deblocking_filter;
    p.i_frame_reference = p.i_dpb_size = 1;
    p.rc.i_aq_mode = fresh.rc.i_aq_mode;
    p.rc.f_aq_strength = fresh.rc.f_aq_strength;
    p.rc.b_mb_tree = 0;
    p.rc.i_qp_min = 0;
    p.rc.i_vbv_buffer_size = p.rc.i_vbv_buffer_size * 3 / 4;
    p.i_threads = threads;
    p.b_sliced_threads = threads > 1 ? 1 : 0;
    if (more) more(p);
  };
}

Change effort(X264Effort effort, const Change& more = nullptr) {
  return [=](x264_param_t& p) {
    p.b_cabac = x264_uses_cabac(effort) ? 1 : 0;
    p.analyse.b_dct_decimate = 1 - p.b_cabac;
    p.analyse.i_subpel_refine =
        effort == X264Effort::kLeast || effort == X264Effort::kModest ? 0 : 1;
    x264_change_effort(p, effort);
    if (more) more(p);
  };
}

/// The leading host's way: superfast/zerolatency, a buffer of a frame and a half, one slice a core.
Way reference(int cores) {
  return {"superfast/zerolatency, VBV 1.5", preset("superfast", std::clamp(cores, 1, 8))};
}

std::vector<Way> table(int cores) {
  using P = x264_param_t;
  using E = X264Effort;
  const int threads = std::clamp(cores, 1, 8);
  const auto strength = [](float value) { return [=](P& p) { p.rc.f_aq_strength = value; }; };
  const auto buffer = [](double frames) {
    return [=](P& p) {
      p.rc.i_vbv_buffer_size = static_cast<int>(p.rc.i_vbv_buffer_size * frames / 2);
    };
  };
  const auto cut = [](int count, int each) {
    return [=](P& p) {
      p.i_threads = count;
      p.b_sliced_threads = count > 1 ? 1 : 0;
      const int rows = (p.i_height + 15) / 16, stripe = (rows + count - 1) / count;
      p.i_slice_max_mbs = each > 1 ? (p.i_width + 15) / 16 * ((stripe + each - 1) / each) : 0;
    };
  };
  std::vector<Way> ways;
  const auto add = [&](const char* name, Change set_up) {
    ways.push_back({name, std::move(set_up)});
  };
  ways.push_back(reference(cores));
  add("effort fine", effort(E::kFine));
  add("effort normal", effort(E::kNormal));
  add("effort modest", effort(E::kModest));
  add("effort light", effort(E::kLight));
  add("effort least", effort(E::kLeast));
  add("normal, no AQ", effort(E::kNormal, strength(0)));
  add("normal, AQ 0.7", effort(E::kNormal, strength(0.7F)));
  add("normal, AQ 1.0", effort(E::kNormal, strength(1)));
  add("normal, VBV 1.0", effort(E::kNormal, buffer(1)));
  add("normal, VBV 1.5", effort(E::kNormal, buffer(1.5)));
  add("normal, no deblocking", effort(E::kNormal, [](P& p) { p.b_deblocking_filter = 0; }));
  add("normal, whole-sample motion",
      effort(E::kNormal, [](P& p) { p.analyse.i_subpel_refine = 0; }));
  add("normal, lone coefficients dropped",
      effort(E::kNormal, [](P& p) { p.analyse.b_dct_decimate = 1; }));
  add("normal, partitions", effort(E::kNormal, [](P& p) {
        p.analyse.inter = p.analyse.intra = X264_ANALYSE_I4x4 | X264_ANALYSE_I8x8;
      }));
  add("normal, hexagon search",
      effort(E::kNormal, [](P& p) { p.analyse.i_me_method = X264_ME_HEX; }));
  add("normal, 1 thread", effort(E::kNormal, cut(1, 1)));
  add("normal, 2 threads", effort(E::kNormal, cut(2, 1)));
  add("normal, 4 threads", effort(E::kNormal, cut(4, 1)));
  add("normal, 4 slices on 2 threads", effort(E::kNormal, cut(2, 2)));
  add("superfast, CAVLC", preset("superfast", threads, [](P& p) { p.b_cabac = 0; }));
  add("superfast, AQ 0.4", preset("superfast", threads, strength(0.4F)));
  add("ultrafast", preset("ultrafast", threads));
  add("veryfast", preset("veryfast", threads));
  return ways;
}

/// The encoder itself, and what it says of itself, beside the leading host's way.
void chosen(const Options& options) {
  for (const Mode& mode : kModes) {
    if (std::string(mode.name).find(options.mode) == std::string::npos) continue;
    std::vector<Way> ways;
    ways.push_back(reference(options.cores));
    ways.push_back(
        {std::string("chosen: ") + x264_effort_name(x264_effort(settings_of(mode), options.cores)),
         nullptr});
    run(mode, ways, options);
    if (ways.size() < 2 || mode.height > 1080) continue;
    const double cpu = ways[1].cpu / ways[0].cpu, gain = ways[1].psnr() - ways[0].psnr();
    if (mode.kbps < 100'000) {
      std::printf("\ngoal 14, the encoder's part: %.2f x CPU, %+.2f dB: %s\n", cpu, gain,
                  gain >= -0.3 ? "met" : "fallen short");
    } else {
      std::printf("\ngoal 17, the encoder's part: p95 %.1f ms, %.1f dB: %s\n", ways[1].at(0.95),
                  ways[1].psnr(),
                  ways[1].at(0.95) <= 15 && ways[1].psnr() >= 45 ? "met" : "fallen short");
    }
  }
}

/// A 1080p screen that is still but for 64×64 samples, or altogether.
void changes() {
  const Mode& mode = kModes[1];
  const EncoderSettings settings = settings_of(mode);
  MovingScreen screen(mode.width, mode.height);
  PictureConverter converter;
  YuvPicture picture(mode.width, mode.height, settings.format);
  std::printf(
      "\nA still 1080p screen, CPU ms a frame (the median of each stretch)\n\n"
      "| | frames 1–30 | 31–60 | 61–120 | KB a frame, last stretch |\n|---|---|---|---|---|\n");
  struct Case {
    const char* name;
    bool moves, maps;
  };
  for (const Case& each :
       {Case{"64×64 change, no map", true, false}, Case{"64×64 change, change map", true, true},
        Case{"no change, nobody says so", false, false}, Case{"no change, told", false, true}}) {
    auto encoder = open_encoder(settings);
    if (!encoder) return;
    converter.convert(screen.draw(0), picture);
    (void)encoder.value()->encode({.picture = &picture});
    ChangeMap map(mode.width, mode.height);
    map.mark_all_unchanged();
    if (each.moves) map.mark_changed(704, 512, 64, 64);
    std::vector<double> times;
    double bytes = 0;
    for (int i = 0; i < 120; ++i) {
      if (each.moves) {
        for (int y = 512; y < 576; ++y) {
          for (int x = 704; x < 768; ++x) {
            picture.plane(0).row(y)[x] = static_cast<std::uint8_t>(40 + (x * 3 + y + i * 7) % 160);
          }
        }
      }
      const double start = process_cpu();
      auto unit = encoder.value()->encode({.picture = &picture,
                                           .repeated = !each.moves && each.maps,
                                           .changes = each.maps ? &map : nullptr});
      times.push_back((process_cpu() - start) / 1e3);
      if (unit && i >= 60) bytes += static_cast<double>(unit.value().bytes.size());
    }
    const auto median = [&](int from, int to) {
      std::sort(times.begin() + from, times.begin() + to);
      return times[static_cast<std::size_t>((from + to) / 2)];
    };
    std::printf("| %s | %.2f | %.2f | %.2f | %.2f |\n", each.name, median(0, 30), median(30, 60),
                median(60, 120), bytes / 60 / 1e3);
  }
}

/// Resident megabytes of this process that no file backs.
double resident() {
  std::ifstream status("/proc/self/status");
  std::string word;
  double kilobytes = 0;
  while (status >> word) {
    if (word == "RssAnon:") status >> kilobytes;
  }
  return kilobytes / 1024;
}

void memory(const Options& options) {
  std::printf(
      "\nResident memory of one encoder, MB, after 30 frames\n\n"
      "| mode | 1 reference | as opened |\n|---|---|---|\n");
  for (const Mode& mode : kModes) {
    if (std::string(mode.name).find(options.mode) == std::string::npos) continue;
    std::printf("| %s ", mode.name);
    for (const int references : {1, 0}) {
      EncoderSettings settings = settings_of(mode);
      settings.max_reference_frames = references;
      std::fflush(stdout);
      // In a process of its own, so that nothing freed before is used again.
      if (const pid_t child = fork(); child == 0) {
        MovingScreen screen(mode.width, mode.height);
        YuvPicture picture(mode.width, mode.height, settings.format);
        PictureConverter converter;
        converter.convert(screen.draw(0), picture);
        const double before = resident();
        auto encoder = open_encoder(settings);
        if (!encoder) _exit(1);
        for (std::uint32_t i = 0; i < 30; ++i) (void)encoder.value()->encode({.picture = &picture});
        std::printf("| %.0f (%d) ", resident() - before, x264_reference_frames(settings));
        std::fflush(stdout);
        _exit(0);
      } else {
        waitpid(child, nullptr, 0);
      }
    }
    std::printf("|\n");
  }
}

}  // namespace

int main(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const std::string value = i + 1 < count ? words[i + 1] : "";
    if (word == "--frames") {
      options.frames = std::max(1, std::atoi(value.c_str()));
      ++i;
    } else if (word == "--cores") {
      options.cores = std::max(1, std::atoi(value.c_str()));
      ++i;
    } else if (word == "--mode") {
      options.mode = value;
      ++i;
    } else {
      options.what = word;
    }
  }
  if (options.what == "table") {
    for (const Mode& mode : kModes) {
      if (std::string(mode.name).find(options.mode) == std::string::npos) continue;
      std::vector<Way> ways = table(options.cores);
      run(mode, ways, options);
    }
    return 0;
  }
  const bool all = options.what.empty();
  // First, before there is memory to use again.
  if (all || options.what == "memory") memory(options);
  if (all || options.what == "chosen") chosen(options);
  if (all || options.what == "changes") changes();
  return 0;
}
