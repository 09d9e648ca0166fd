#include "encode/vaapi/va_display.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace earthshine {

Result<std::shared_ptr<VaDisplay>> VaDisplay::open(const std::string& node) {
  auto library = VaLibrary::get();
  if (!library) return library.fault();
  const VaLibrary& va = *library.value();
  // The constructor is private.
  std::shared_ptr<VaDisplay> display(new VaDisplay(va, node));
  display->descriptor_ = ::open(node.c_str(), O_RDWR | O_CLOEXEC);
  if (display->descriptor_ < 0) {
    const bool refused = errno == EACCES || errno == EPERM;
    return Fault{
        node + " cannot be opened: " + std::strerror(errno) +
        (refused ? ". The user whom this host runs as needs to be in the group \"render\"." : ".")};
  }
  VADisplay handle = va.get_display_drm(display->descriptor_);
  if (handle == nullptr) return Fault{"libva takes " + node + " for no GPU."};
  // Nothing on the log's lines, which belong to somebody else.
  va.set_info_callback(handle, nullptr, nullptr);
  va.set_error_callback(handle, keep_words, display.get());
  display->display_ = handle;
  int major = 0;
  int minor = 0;
  if (const VAStatus status = va.initialize(handle, &major, &minor); status != VA_STATUS_SUCCESS) {
    return Fault{"The VA-API driver of " + node + " did not start (" +
                 display->fault("vaInitialize", status).message +
                 "). Install the GPU's own: Mesa's (Debian: mesa-va-drivers; Fedora: "
                 "mesa-va-drivers-freeworld), or Intel's (intel-media-driver)."};
  }
  const char* vendor = va.vendor(handle);
  display->vendor_ = vendor != nullptr ? vendor : "a driver without a name";
  return display;
}

VaDisplay::~VaDisplay() {
  if (display_ != nullptr) va_.terminate(display_);
  if (descriptor_ >= 0) close(descriptor_);
}

void VaDisplay::keep_words(void* self, const char* message) {
  if (self == nullptr || message == nullptr) return;
  auto& words = static_cast<VaDisplay*>(self)->words_;
  words = message;
  while (!words.empty() && (words.back() == '\n' || words.back() == '.')) words.pop_back();
}

Fault VaDisplay::fault(const char* call, VAStatus status) const {
  const char* text = va_.error_string(status);
  std::string message = std::string(call) + ": " + (text != nullptr ? text : "unknown error");
  if (!words_.empty()) message += " (" + words_ + ")";
  return Fault{message};
}

unsigned VaDisplay::attribute(VAProfile profile, VAEntrypoint entrypoint,
                              VAConfigAttribType type) const {
  VAConfigAttrib attribute{.type = type, .value = VA_ATTRIB_NOT_SUPPORTED};
  if (va_.config_attributes(display_, profile, entrypoint, &attribute, 1) != VA_STATUS_SUCCESS) {
    return VA_ATTRIB_NOT_SUPPORTED;
  }
  return attribute.value;
}

bool VaDisplay::has(VAProfile profile, VAEntrypoint entrypoint) const {
  std::vector<VAEntrypoint> found(
      static_cast<std::size_t>(std::max(va_.most_entrypoints(display_), 1)));
  int count = 0;
  if (va_.entrypoints(display_, profile, found.data(), &count) != VA_STATUS_SUCCESS) return false;
  return std::find(found.begin(), found.begin() + std::min<int>(count, found.size()), entrypoint) !=
         found.begin() + std::min<int>(count, found.size());
}

}  // namespace earthshine
