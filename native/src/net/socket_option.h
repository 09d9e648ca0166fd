#pragma once

#include <sys/socket.h>

namespace earthshine {

/// @return false when the kernel refuses it
template <typename T>
bool set_option(int descriptor, int level, int name, const T& value) {
  return setsockopt(descriptor, level, name, &value, sizeof value) == 0;
}

}  // namespace earthshine
