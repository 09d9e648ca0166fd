# precompiled_headers(TARGET [header…]): what most sources of a target include, and `header`, parsed once for all of them:
# half of the time that a source takes to compile is the standard library's headers.
#
# The core and the addon have them in the sanitized build alone: the other one tells who forgot an include, and
# clang-tidy, which goes by its commands, does not meet another compiler's format.
function(precompiled_headers target)
  target_precompile_headers(${target} PRIVATE
    <algorithm> <array> <atomic> <cerrno> <chrono> <cmath> <condition_variable> <cstddef> <cstdint> <cstdlib>
    <cstring> <functional> <map> <memory> <mutex> <optional> <random> <set> <span> <stdexcept> <string>
    <string_view> <system_error> <thread> <utility> <variant> <vector> ${ARGN})
endfunction()
