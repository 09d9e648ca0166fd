#pragma once

// x264.h uses the fixed-width types without including them.
// clang-format off
#include <cstdint>
#include <x264.h>
// clang-format on
