#pragma once

#include <cstdio>
#include <map>
#include <string>

#include "encode/decoder.h"

namespace earthshine::test {

/// What ffprobe reads from a stream's headers and its first frame, by its own names of the fields.
inline std::map<std::string, std::string> stream_facts(const Bytes& stream,
                                                       const std::string& codec) {
  const ScratchFile file("." + codec);
  std::ofstream(file.path, std::ios::binary)
      .write(reinterpret_cast<const char*>(stream.data()), static_cast<long>(stream.size()));
  const std::string command = "ffprobe -v error -f " + codec +
                              " -show_streams -show_frames -read_intervals %+#1 -of default=nw=1 " +
                              file.path.string();
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("ffprobe cannot be started");
  std::map<std::string, std::string> facts;
  char line[512];
  while (std::fgets(line, sizeof line, pipe) != nullptr) {
    const std::string text(line);
    const auto equals = text.find('=');
    if (equals == std::string::npos) continue;
    facts[text.substr(0, equals)] = text.substr(equals + 1, text.size() - equals - 2);
  }
  if (pclose(pipe) != 0) throw std::runtime_error("ffprobe failed: " + command);
  return facts;
}

}  // namespace earthshine::test
