#include "pipeline/expected_encoder.h"

#include <pthread.h>
#include <unistd.h>

#include <exception>
#include <string>
#include <system_error>
#include <utility>

#include "base/thread_class.h"

namespace earthshine {

ExpectedEncoder::ExpectedEncoder(EncoderSettings settings, OpenEncoder open_with)
    : settings_(std::move(settings)), open_with_(std::move(open_with)) {
  try {
    thread_ = std::thread([this] { open(); });
  } catch (const std::system_error&) {
    // Then whoever takes it opens it.
  }
}

ExpectedEncoder::~ExpectedEncoder() {
  if (thread_.joinable()) thread_.join();
}

bool ExpectedEncoder::fits(const EncoderSettings& settings) const {
  return same_encode(settings_, settings) && settings_.kinds == settings.kinds &&
         settings_.gpu == settings.gpu;
}

void ExpectedEncoder::when_opened(std::function<void(const YuvFormat&)> tell) {
  std::optional<YuvFormat> known;
  {
    const std::lock_guard lock(mutex_);
    if (!opened_) {
      tell_ = std::move(tell);
      return;
    }
    known = format();
  }
  if (known) tell(*known);
}

Result<std::unique_ptr<Encoder>> ExpectedEncoder::take() {
  if (!thread_.joinable()) return attempt();
  thread_.join();
  return std::move(*opened_);
}

void ExpectedEncoder::open() {
  // As in an encode unit, so that the encoder's own threads get its class.
  pthread_setname_np(pthread_self(), "encode");
  raise_thread(gettid(), ThreadRole::kLongWork);
  Opened opened = attempt();
  std::function<void(const YuvFormat&)> tell;
  std::optional<YuvFormat> known;
  {
    const std::lock_guard lock(mutex_);
    opened_ = std::move(opened);
    tell = std::move(tell_);
    known = format();
  }
  if (tell && known) tell(*known);
}

ExpectedEncoder::Opened ExpectedEncoder::attempt() const {
  try {
    return open_with_(settings_);
  } catch (const std::exception& error) {
    return Fault{std::string("The encoder could not be opened: ") + error.what() + "."};
  }
}

std::optional<YuvFormat> ExpectedEncoder::format() const {
  if (!opened_ || !*opened_) return std::nullopt;
  return settings_.format;
}

}  // namespace earthshine
