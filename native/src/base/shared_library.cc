#include "base/shared_library.h"

#include <dlfcn.h>

namespace earthshine {

Result<SharedLibrary> SharedLibrary::open(const char* soname) {
  // RTLD_LOCAL: names of a driver's libraries must not stand in for ours, nor for Node's.
  void* handle = dlopen(soname, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr) {
    const char* reason = dlerror();
    return Fault{reason != nullptr ? reason : std::string(soname) + " cannot be loaded"};
  }
  return SharedLibrary(handle);
}

void* SharedLibrary::symbol(const char* name) const {
  return dlsym(handle_, name);
}

}  // namespace earthshine
