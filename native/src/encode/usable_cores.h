#pragma once

namespace earthshine {

/// The cores that this process may run on, at least 1.
int usable_cores();

}  // namespace earthshine
