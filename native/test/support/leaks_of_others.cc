/// Leaks that are not ours, one line each with its reason; LeakSanitizer asks for them when the
/// sanitized tests end. What is not named here fails them. It is also the name by which it finds
/// this, so the function is seen from outside.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return
      // 3.5 keeps its filters' rows when it is closed, 10 KB each time,
      "leak:libx265.so\n"
      // and copies of its options' texts; the C library's name is all that is known of the caller.
      "leak:strdup\n";
}
