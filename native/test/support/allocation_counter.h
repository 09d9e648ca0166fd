#pragma once

#include <cstdint>

namespace earthshine::test {

/// Whether this build counts; a build with AddressSanitizer has an allocator of its own.
bool counts_allocations();

/// Calls of malloc, calloc, realloc, aligned allocation and operator new by all threads so far.
std::uint64_t allocations();

}  // namespace earthshine::test
