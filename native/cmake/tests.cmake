# Tests link the system's OpenSSL. A machine that only builds the addon needs none of this.
pkg_check_modules(CRYPTO IMPORTED_TARGET libcrypto)
find_path(DOCTEST doctest/doctest.h)
if(NOT CRYPTO_FOUND OR NOT DOCTEST)
  return()
endif()

file(GLOB_RECURSE TESTS CONFIGURE_DEPENDS test/*.cc)
foreach(folder oracle stand_ins ${LEFT_OUT_FOLDERS})
  list(FILTER TESTS EXCLUDE REGEX "/test/${folder}/")
endforeach()
add_executable(native-tests EXCLUDE_FROM_ALL ${TESTS})
# The test framework itself.
set_source_files_properties(test/main.cc PROPERTIES COMPILE_OPTIONS -fno-sanitize=all SKIP_PRECOMPILE_HEADERS ON)
target_include_directories(native-tests PRIVATE test)
target_compile_options(native-tests PRIVATE ${TEST_OPTIONS})
precompiled_headers(native-tests <doctest/doctest.h> <filesystem> <fstream>)
set_source_files_properties(test/support/vectors.cc PROPERTIES COMPILE_DEFINITIONS EARTHSHINE_CHECKOUT="${ROOT}")
target_link_libraries(native-tests PRIVATE core PkgConfig::CRYPTO)
include(cmake/stand_ins.cmake)

# Another implementation to compare with, where the machine has it; never part of the product.
find_library(ISAL isal)
if(ISAL)
  file(GLOB ORACLES CONFIGURE_DEPENDS test/oracle/*.cc)
  add_executable(native-oracle-tests EXCLUDE_FROM_ALL ${ORACLES})
  target_compile_options(native-oracle-tests PRIVATE ${TEST_OPTIONS})
  target_link_libraries(native-oracle-tests PRIVATE core PkgConfig::CRYPTO ${ISAL})
endif()

enable_testing()
add_test(NAME native COMMAND native-tests)
