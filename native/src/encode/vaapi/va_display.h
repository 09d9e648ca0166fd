#pragma once

#include <memory>
#include <string>

#include "encode/vaapi/va_library.h"

namespace earthshine {

/// A GPU's VA-API driver, started.
class VaDisplay {
 public:
  /// @param node a render node ("/dev/dri/renderD128")
  static Result<std::shared_ptr<VaDisplay>> open(const std::string& node);
  ~VaDisplay();
  VaDisplay(const VaDisplay&) = delete;
  VaDisplay& operator=(const VaDisplay&) = delete;

  [[nodiscard]] const VaLibrary& va() const { return va_; }
  [[nodiscard]] VADisplay handle() const { return display_; }
  [[nodiscard]] const std::string& node() const { return node_; }
  /// The driver's own words.
  [[nodiscard]] const std::string& vendor() const { return vendor_; }

  /// What a call that did not succeed says: "vaCreateContext: resource allocation failed (…)".
  [[nodiscard]] Fault fault(const char* call, VAStatus status) const;
  /// The value of an attribute, VA_ATTRIB_NOT_SUPPORTED where there is none.
  [[nodiscard]] unsigned attribute(VAProfile profile, VAEntrypoint entrypoint,
                                   VAConfigAttribType type) const;
  [[nodiscard]] bool has(VAProfile profile, VAEntrypoint entrypoint) const;

 private:
  VaDisplay(const VaLibrary& va, std::string node) : va_(va), node_(std::move(node)) {}

  static void keep_words(void* self, const char* message);

  const VaLibrary& va_;
  const std::string node_;
  int descriptor_ = -1;
  VADisplay display_ = nullptr;
  std::string vendor_;
  /// what the driver complained of last
  std::string words_;
};

}  // namespace earthshine
