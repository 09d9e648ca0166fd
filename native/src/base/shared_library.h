#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace earthshine {

/// A library that is looked for at run time, because not every machine has it. It stays loaded for
/// as long as the process lives: drivers do not bear being unloaded.
class SharedLibrary {
 public:
  /// By its soname, as the system's loader finds it; a fault has the loader's words.
  static Result<SharedLibrary> open(const char* soname);

  /// Null when it has no such function.
  [[nodiscard]] void* symbol(const char* name) const;
  /// Sets `function` to the symbol of this name.
  ///
  /// @return false when there is none
  template <typename Function>
  bool find(const char* name, Function*& function) const {
    function = reinterpret_cast<Function*>(symbol(name));
    return function != nullptr;
  }

 private:
  explicit SharedLibrary(void* handle) : handle_(handle) {}

  void* handle_;
};

}  // namespace earthshine
