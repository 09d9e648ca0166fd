#pragma once

namespace earthshine {

/// Blocks of pictures' size come from the system and go back to it for good, instead of leaving
/// holes in the heap. Called before the pipeline's first thread; further calls change nothing.
void limit_heap();

/// Hands back to the system what lies free in the heap. Takes milliseconds; not on a hot path.
void return_free_memory();

}  // namespace earthshine
