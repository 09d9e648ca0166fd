#pragma once

#include <wayland-client.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ext-image-capture-source-v1-client-protocol.h"
#include "ext-image-copy-capture-v1-client-protocol.h"
#include "wlr-screencopy-unstable-v1-client-protocol.h"

namespace earthshine {

/// How long a compositor may take to answer.
inline constexpr Nanoseconds kCompositorPatience = 5'000'000'000;

/// A client of a Wayland compositor with what capturing an output takes.
class WaylandConnection {
 public:
  struct Output {
    std::uint32_t global = 0;
    wl_output* proxy = nullptr;
    std::string name;
    /// of its present mode
    int width = 0, height = 0;
  };

  /// Waits for what the compositor tells of itself, at most 5 s.
  static Result<std::unique_ptr<WaylandConnection>> open(const std::string& display);
  ~WaylandConnection();
  WaylandConnection(const WaylandConnection&) = delete;
  WaylandConnection& operator=(const WaylandConnection&) = delete;

  [[nodiscard]] int descriptor() const { return wl_display_get_fd(display_); }
  /// Calls the listeners of what has come within this time; 0: of what is here.
  Result<bool> dispatch(Nanoseconds patience);
  /// Null when there is none of this name.
  [[nodiscard]] const Output* output(const std::string& name) const;
  [[nodiscard]] std::string output_names() const;

  [[nodiscard]] wl_shm* shm() const { return shm_; }
  // Null where the compositor lacks them.
  [[nodiscard]] ext_image_copy_capture_manager_v1* copy_manager() const { return copy_manager_; }
  [[nodiscard]] ext_output_image_capture_source_manager_v1* source_manager() const {
    return source_manager_;
  }
  [[nodiscard]] zwlr_screencopy_manager_v1* screencopy() const { return screencopy_; }

 private:
  struct Callbacks;

  explicit WaylandConnection(std::string name) : name_(std::move(name)) {}
  Result<bool> round_trip();
  [[nodiscard]] Fault lost() const;

  const std::string name_;
  wl_display* display_ = nullptr;
  wl_registry* registry_ = nullptr;
  wl_shm* shm_ = nullptr;
  ext_image_copy_capture_manager_v1* copy_manager_ = nullptr;
  ext_output_image_capture_source_manager_v1* source_manager_ = nullptr;
  zwlr_screencopy_manager_v1* screencopy_ = nullptr;
  std::vector<std::unique_ptr<Output>> outputs_;
};

}  // namespace earthshine
