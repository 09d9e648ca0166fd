# Stand-ins of drivers' libraries (test/stand_ins), under the names by which the core opens them. Tests find them
# before the system's: native-tests by its run path, whole programs by LD_LIBRARY_PATH.
set(STAND_INS ${CMAKE_BINARY_DIR}/stand-ins)
set_target_properties(native-tests PROPERTIES BUILD_RPATH ${STAND_INS})
# The sanitizers open libraries in the name of their own, which knows RPATH of the program alone, not RUNPATH.
target_link_options(native-tests PRIVATE -Wl,--disable-new-dtags)

# stand_in(LIBRARY SONAME source…)
function(stand_in library soname)
  add_library(${library} MODULE EXCLUDE_FROM_ALL ${ARGN})
  set_target_properties(${library} PROPERTIES PREFIX "" OUTPUT_NAME ${soname} SUFFIX ""
    LIBRARY_OUTPUT_DIRECTORY ${STAND_INS} CXX_VISIBILITY_PRESET default)
  target_compile_options(${library} PRIVATE -Wall -Wextra -Wno-unused-parameter)
  add_dependencies(native-tests ${library})
endfunction()

if(NVENC_FOUND)
  stand_in(stand-in-cuda libcuda.so.1 test/stand_ins/nvenc/libcuda.cc)
  stand_in(stand-in-nvenc libnvidia-encode.so.1 test/stand_ins/nvenc/libnvidia_encode.cc test/stand_ins/nvenc/encoder.cc)
  target_link_libraries(stand-in-nvenc PRIVATE ${PREFIX}/lib/libx264.a m)
  # x264 is in the tests as well.
  target_link_options(stand-in-nvenc PRIVATE -Wl,--exclude-libs,ALL -Wl,-Bsymbolic)
  foreach(library stand-in-cuda stand-in-nvenc)
    target_include_directories(${library} SYSTEM PRIVATE ${NVENC_INCLUDE_DIRS} ${PREFIX}/include)
  endforeach()
endif()
if(VAAPI_FOUND)
  stand_in(stand-in-va libva.so.2 test/stand_ins/va/libva.cc test/stand_ins/va/libva_memory.cc
    test/stand_ins/va/libva_pictures.cc test/stand_ins/va/h264.cc test/stand_ins/va/hevc.cc
    test/stand_ins/arithmetic_coder.cc)
  stand_in(stand-in-va-drm libva-drm.so.2 test/stand_ins/va/libva_drm.cc)
  foreach(library stand-in-va stand-in-va-drm)
    target_include_directories(${library} SYSTEM PRIVATE ${VAAPI_INCLUDE_DIRS})
  endforeach()
endif()
