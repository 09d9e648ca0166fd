# wayland_protocols(protocol…)
#
# Generates the client side of Wayland protocols with wayland-scanner and adds it to the core. A protocol is a path
# below the system's wayland-protocols, or the name of a file in native/protocols:
#
#   wayland_protocols(unstable/xdg-output/xdg-output-unstable-v1 wlr-screencopy-unstable-v1)
#
# and is then included by its name: #include "xdg-output-unstable-v1-client-protocol.h". Call it behind the
# optional_part that brings wayland-client, under if(WAYLAND_FOUND).
function(wayland_protocols)
  find_program(WAYLAND_SCANNER wayland-scanner REQUIRED)
  pkg_get_variable(system wayland-protocols pkgdatadir)
  set(generated ${CMAKE_BINARY_DIR}/protocols)
  file(MAKE_DIRECTORY ${generated})
  foreach(protocol ${ARGN})
    get_filename_component(name ${protocol} NAME)
    set(xml ${CMAKE_SOURCE_DIR}/protocols/${name}.xml)
    if(NOT EXISTS ${xml})
      set(xml ${system}/${protocol}.xml)
    endif()
    if(NOT EXISTS ${xml})
      message(FATAL_ERROR "There is no ${name}.xml in native/protocols, nor ${protocol}.xml in wayland-protocols (${system}).")
    endif()
    set(header ${generated}/${name}-client-protocol.h)
    set(code ${generated}/${name}-protocol.c)
    add_custom_command(OUTPUT ${header} DEPENDS ${xml} VERBATIM
      COMMAND ${WAYLAND_SCANNER} client-header ${xml} ${header})
    add_custom_command(OUTPUT ${code} DEPENDS ${xml} VERBATIM
      COMMAND ${WAYLAND_SCANNER} private-code ${xml} ${code})
    target_sources(core PRIVATE ${header} ${code})
    # Not our code to warn about.
    set_source_files_properties(${code} PROPERTIES COMPILE_OPTIONS -w SKIP_PRECOMPILE_HEADERS ON)
  endforeach()
  target_include_directories(core SYSTEM PUBLIC ${generated})
endfunction()
