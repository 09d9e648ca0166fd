#pragma once

#include <cstddef>

namespace earthshine {

/// Lets go of the pages of the running program's own file that are mapped into memory: most of
/// them were needed by its start alone. The file's cache keeps them as long as there is room, and
/// what runs again comes back from there by itself, sixteen pages at a time. Takes milliseconds;
/// not on a hot path.
///
/// @returns bytes that were resident
std::size_t release_program_pages();

}  // namespace earthshine
