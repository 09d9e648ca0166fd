# The sanitized build checks the core fully, and test code for what matters there: memory. UndefinedBehaviorSanitizer's
# checks of every pointer in the expanded macros of the test framework took most of that build's time.
set(TEST_OPTIONS -DDOCTEST_CONFIG_SUPER_FAST_ASSERTS)
set(ADDON_OPTIONS)
if(EARTHSHINE_SANITIZE)
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")
  set(SANITIZERS -fsanitize=address,undefined -fno-sanitize-recover=all)
  # Not public: what a target takes out must stand behind this on its command line.
  target_compile_options(core PRIVATE ${SANITIZERS})
  target_link_options(core PUBLIC -fsanitize=address,undefined)
  list(APPEND TEST_OPTIONS -O0 ${SANITIZERS}
    -fno-sanitize=vptr,null,alignment,object-size,pointer-overflow,return,nonnull-attribute,returns-nonnull-attribute)
  # node-addon-api compares functions with null at compile time, which these checks forbid.
  list(APPEND ADDON_OPTIONS ${SANITIZERS} -fno-sanitize=null,nonnull-attribute,returns-nonnull-attribute)
else()
  # What is measured and timed is the core, which keeps its -O3.
  list(APPEND TEST_OPTIONS -O1)
endif()
