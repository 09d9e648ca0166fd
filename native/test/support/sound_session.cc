#include "support/sound_session.h"

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <thread>

#include "audio/sound_server.h"

namespace earthshine::test {

using namespace std::chrono_literals;

SoundSession::SoundSession() {
  for (const char* variable : {"XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME",
                               "PIPEWIRE_RUNTIME_DIR", "PIPEWIRE_REMOTE"}) {
    const char* value = std::getenv(variable);
    previous_.emplace_back(variable, value == nullptr ? "" : value);
    if (std::string(variable).starts_with("PIPEWIRE")) {
      unsetenv(variable);
    } else {
      setenv(variable, folder_.path().c_str(), 1);
    }
  }
}

SoundSession::~SoundSession() {
  kill();
  for (const auto& [variable, value] : previous_) {
    if (value.empty()) {
      unsetenv(variable.c_str());
    } else {
      setenv(variable.c_str(), value.c_str(), 1);
    }
  }
}

bool SoundSession::start() {
  kill();
  // WirePlumber ends when it finds no PipeWire, so it is started once the socket is there.
  servers_ = std::make_unique<Child>(std::vector<std::string>{
      "dbus-run-session", "--", "sh", "-c",
      "exec >\"$XDG_RUNTIME_DIR/log\" 2>&1; pipewire & "
      "until [ -S \"$XDG_RUNTIME_DIR/pipewire-0\" ]; do sleep 0.02; done; wireplumber & wait"});
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (std::chrono::steady_clock::now() < deadline && servers_->running()) {
    if (read_default_sink(500ms).ok()) return true;
    std::this_thread::sleep_for(20ms);
  }
  return false;
}

void SoundSession::kill() {
  servers_.reset();
  std::error_code ignored;
  std::filesystem::remove(path("pipewire-0"), ignored);
}

std::unique_ptr<Child> SoundSession::play(const std::string& sink, int channels,
                                          int seconds) const {
  constexpr int kRate = 48'000;
  const auto file = path("tones-" + std::to_string(channels) + ".wav");
  {
    std::ofstream wave(file, std::ios::binary);
    const auto number = [&](std::uint32_t value, int bytes) {
      for (int byte = 0; byte < bytes; ++byte) wave.put(static_cast<char>(value >> (8 * byte)));
    };
    const auto data = static_cast<std::uint32_t>(seconds * kRate * channels * 2);
    wave << "RIFF";
    number(36 + data, 4);
    wave << "WAVEfmt ";
    number(16, 4);
    number(1, 2);
    number(static_cast<std::uint32_t>(channels), 2);
    number(kRate, 4);
    number(static_cast<std::uint32_t>(kRate * channels * 2), 4);
    number(static_cast<std::uint32_t>(channels * 2), 2);
    number(16, 2);
    wave << "data";
    number(data, 4);
    for (int frame = 0; frame < seconds * kRate; ++frame) {
      for (int channel = 0; channel < channels; ++channel) {
        const double angle = 2 * std::numbers::pi * tone(channel) * frame / kRate;
        number(static_cast<std::uint16_t>(static_cast<std::int16_t>(8'000 * std::sin(angle))), 2);
      }
    }
  }
  const char* map = channels == 2   ? "FL,FR"
                    : channels == 6 ? "FL,FR,FC,LFE,RL,RR"
                                    : "FL,FR,FC,LFE,RL,RR,SL,SR";
  return std::make_unique<Child>(
      std::vector<std::string>{"pw-cat", "-p", "-P", "{ node.dont-reconnect = true }", "--target",
                               sink, "--channel-map", map, file});
}

}  // namespace earthshine::test
