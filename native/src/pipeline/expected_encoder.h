#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "encode/encoder.h"
#include "pipeline/encode_unit.h"

namespace earthshine {

/// An encoder that is opened on a thread of its own before anybody asks for it, because somebody is
/// likely to: while the source opens, and while the client is on its way. Methods may be called
/// from any thread.
class ExpectedEncoder {
 public:
  /// Begins at once.
  explicit ExpectedEncoder(EncoderSettings settings, OpenEncoder open_with = open_encoder);
  /// Waits for the opening.
  ~ExpectedEncoder();
  ExpectedEncoder(const ExpectedEncoder&) = delete;
  ExpectedEncoder& operator=(const ExpectedEncoder&) = delete;

  /// Whether it is the one that a viewer with these settings would open.
  [[nodiscard]] bool fits(const EncoderSettings& settings) const;
  /// `tell` runs once with the format that its pictures are to have, as soon as it is open: on its
  /// own thread, or before this returns. Never when it could not be opened.
  void when_opened(std::function<void(const YuvFormat&)> tell);
  /// Waits for the opening. Once.
  Result<std::unique_ptr<Encoder>> take();

 private:
  using Opened = Result<std::unique_ptr<Encoder>>;

  void open();
  [[nodiscard]] Opened attempt() const;
  /// What its pictures are to be; none while it is not open. Under the mutex.
  [[nodiscard]] std::optional<YuvFormat> format() const;

  const EncoderSettings settings_;
  const OpenEncoder open_with_;
  std::mutex mutex_;
  std::optional<Opened> opened_;
  std::function<void(const YuvFormat&)> tell_;
  std::thread thread_;
};

}  // namespace earthshine
