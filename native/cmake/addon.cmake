# The addon: the core with a door into Node (src/addon). Node-API's symbols and OpenSSL's are Node's own.
file(GLOB ADDON CONFIGURE_DEPENDS src/addon/*.cc)
add_library(earthshine MODULE EXCLUDE_FROM_ALL ${ADDON})
set_target_properties(earthshine PROPERTIES PREFIX "" SUFFIX .node)
target_include_directories(earthshine SYSTEM PRIVATE ${ROOT}/node_modules/node-addon-api)
# build_id.h, which scripts/native writes
target_include_directories(earthshine PRIVATE ${CMAKE_SOURCE_DIR}/build/generated)
# Nothing can be thrown into an environment that is being terminated; without the second one the process would abort.
target_compile_definitions(earthshine PRIVATE
  NAPI_VERSION=9 NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS NODE_ADDON_API_DISABLE_DEPRECATED)
target_compile_options(earthshine PRIVATE ${ADDON_OPTIONS})
if(EARTHSHINE_SANITIZE)
  precompiled_headers(earthshine <napi.h>)
endif()
# Names of libraries inside it must neither be seen from outside nor be taken from Node.
target_link_options(earthshine PRIVATE
  -Wl,--exclude-libs,ALL -Wl,-Bsymbolic -Wl,--gc-sections -Wl,-z,now)
target_link_libraries(earthshine PRIVATE core)
