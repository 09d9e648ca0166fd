# optional_part(NAME [HEADERS_FOR source…] FOLDERS folder… MODULES module…)
#
# A part of the core that needs libraries which a machine may lack. Where pkg-config has all MODULES, the core links
# them and is compiled with EARTHSHINE_HAS_<NAME>; where not, FOLDERS (below src/ and test/) are left out, and the
# configuration says so. -DEARTHSHINE_<NAME>=OFF leaves the part out on purpose. With HEADERS_FOR nothing is linked:
# the part opens the libraries by name when it runs, on machines that have them, and only those sources beside FOLDERS
# know whether it is there.
#
#   optional_part(WAYLAND FOLDERS capture/wayland MODULES wayland-client xkbcommon libdrm)
set(LEFT_OUT_FOLDERS)
function(optional_part name)
  cmake_parse_arguments(PART "" "" "FOLDERS;MODULES;HEADERS_FOR" ${ARGN})
  option(EARTHSHINE_${name} "Build with ${PART_MODULES}" ON)
  if(EARTHSHINE_${name})
    pkg_check_modules(${name} IMPORTED_TARGET ${PART_MODULES})
    if(${name}_FOUND)
      if(PART_HEADERS_FOR)
        target_include_directories(core SYSTEM PUBLIC ${${name}_INCLUDE_DIRS})
        set_property(SOURCE ${PART_HEADERS_FOR} APPEND PROPERTY COMPILE_DEFINITIONS EARTHSHINE_HAS_${name}=1)
      else()
        target_link_libraries(core PUBLIC PkgConfig::${name})
        target_compile_definitions(core PUBLIC EARTHSHINE_HAS_${name}=1)
      endif()
      return()
    endif()
  endif()
  message(STATUS "left out: ${PART_FOLDERS} (${PART_MODULES})")
  get_target_property(sources core SOURCES)
  foreach(folder ${PART_FOLDERS})
    list(FILTER sources EXCLUDE REGEX "/src/${folder}/")
  endforeach()
  set_target_properties(core PROPERTIES SOURCES "${sources}")
  set(LEFT_OUT_FOLDERS ${LEFT_OUT_FOLDERS} ${PART_FOLDERS} PARENT_SCOPE)
endfunction()
