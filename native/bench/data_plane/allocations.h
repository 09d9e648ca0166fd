#pragma once

#include <cstdint>

namespace earthshine::bench {

/// Calls of malloc, calloc, realloc and operator new by this program's own code so far: the linker
/// leads them here (--wrap). What libraries allocate inside is counted by the native tests, which
/// replace the allocator itself.
std::uint64_t allocations();

}  // namespace earthshine::bench
