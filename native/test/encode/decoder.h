#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace earthshine::test {

using Bytes = std::vector<std::uint8_t>;

/// A file of its own in the temporary folder, removed at the end.
struct ScratchFile {
  std::filesystem::path path;
  explicit ScratchFile(const std::string& suffix) {
    static int number = 0;
    path = std::filesystem::temp_directory_path() / ("earthshine-test-" + std::to_string(getpid()) +
                                                     "-" + std::to_string(number++) + suffix);
  }
  ~ScratchFile() { std::filesystem::remove(path); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
};

struct DecodeOptions {
  int width = 0, height = 0;
  /// ffmpeg's name; `gray` gives the luma as it was coded, `gray10le` in words
  std::string format = "yuv420p";
  /// ffmpeg's name of the codec: h264, hevc
  std::string codec = "h264";
  /// frames are missing: what refers to them may be concealed, and its pictures come out
  bool with_losses = false;
};

/// Decodes an Annex B stream with the ffmpeg program, one picture after another.
inline std::vector<Bytes> decoded(const Bytes& stream, const DecodeOptions& options) {
  const ScratchFile in("." + options.codec);
  const ScratchFile out(".yuv");
  std::ofstream(in.path, std::ios::binary)
      .write(reinterpret_cast<const char*>(stream.data()), static_cast<long>(stream.size()));
  const bool luma = options.format == "gray" || options.format == "gray10le";
  // Luma as it was coded: converting to grey would stretch its range. So would naming a format that
  // is not the stream's own.
  const std::string filter = luma ? " -vf extractplanes=y" : " -pix_fmt " + options.format;
  const std::string command = "ffmpeg " +
                              std::string(options.with_losses ? "-v fatal" : "-v error -xerror") +
                              " -f " + options.codec + " -i " + in.path.string() + filter +
                              " -fps_mode passthrough -f rawvideo -y " + out.path.string();
  if (std::system(command.c_str()) != 0) throw std::runtime_error("ffmpeg failed: " + command);
  const std::size_t pixels = static_cast<std::size_t>(options.width) * options.height;
  const bool words = options.format.ends_with("10le");
  const bool full = options.format.find("444p") != std::string::npos;
  const std::size_t samples = luma ? pixels : full ? 3 * pixels : pixels * 3 / 2;
  const std::size_t size = words ? 2 * samples : samples;
  std::ifstream file(out.path, std::ios::binary);
  std::vector<Bytes> pictures;
  for (;;) {
    Bytes picture(size);
    file.read(reinterpret_cast<char*>(picture.data()), static_cast<long>(size));
    if (file.gcount() != static_cast<long>(size)) return pictures;
    pictures.push_back(std::move(picture));
  }
}

}  // namespace earthshine::test
