# The sanitized build checks the core fully, and test code for what matters there: memory. UndefinedBehaviorSanitizer's
# checks of every pointer in the expanded macros of the test framework took most of that build's time.
set(TEST_OPTIONS -DDOCTEST_CONFIG_SUPER_FAST_ASSERTS)
if(EARTHSHINE_SANITIZE)
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")
  set(SANITIZERS -fsanitize=address,undefined -fno-sanitize-recover=all)
  target_compile_options(core PUBLIC ${SANITIZERS})
  target_link_options(core PUBLIC -fsanitize=address,undefined)
  list(APPEND TEST_OPTIONS -O0
    -fno-sanitize=vptr,null,alignment,object-size,pointer-overflow,return,nonnull-attribute,returns-nonnull-attribute)
else()
  # What is measured and timed is the core, which keeps its -O2.
  list(APPEND TEST_OPTIONS -O1)
endif()
