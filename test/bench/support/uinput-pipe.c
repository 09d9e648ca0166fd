// Lets a pipe stand for /dev/uinput in the program it is preloaded into (LD_PRELOAD): whoever opens
// the device gets the named pipe EARTHSHINE_UINPUT_PIPE, every ioctl on it succeeds, and each event
// is stamped with CLOCK_MONOTONIC when it is written, as the kernel stamps it. So input can be
// timed where there is no uinput, up to the write on the device's descriptor.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/input.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { kMostDescriptors = 4096 };

static volatile unsigned char is_device[kMostDescriptors];

static int ours(int fd) {
  return fd >= 0 && fd < kMostDescriptors && is_device[fd];
}

static int open_pipe(int flags) {
  int (*real)(const char*, int, ...) = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, "open");
  const char* pipe = getenv("EARTHSHINE_UINPUT_PIPE");
  const int fd = pipe == NULL ? -1 : real(pipe, O_WRONLY | O_NONBLOCK | (flags & O_CLOEXEC));
  if (fd >= 0 && fd < kMostDescriptors) is_device[fd] = 1;
  return fd;
}

static int opened(const char* name, const char* path, int flags, mode_t mode) {
  if (strcmp(path, "/dev/uinput") == 0) return open_pipe(flags);
  int (*real)(const char*, int, ...) = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, name);
  return real(path, flags, mode);
}

int open(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;
  va_end(list);
  return opened("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;
  va_end(list);
  return opened("open64", path, flags, mode);
}

int ioctl(int fd, unsigned long request, ...) {
  static int (*real)(int, unsigned long, ...);
  if (real == NULL) real = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
  va_list list;
  va_start(list, request);
  void* argument = va_arg(list, void*);
  va_end(list);
  return ours(fd) ? 0 : real(fd, request, argument);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  static ssize_t (*real)(int, const void*, size_t);
  if (real == NULL) real = (ssize_t(*)(int, const void*, size_t))dlsym(RTLD_NEXT, "write");
  struct input_event events[64];
  if (!ours(fd) || size > sizeof events) return real(fd, bytes, size);
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  memcpy(events, bytes, size);
  for (size_t i = 0; i < size / sizeof *events; ++i) {
    events[i].input_event_sec = now.tv_sec;
    events[i].input_event_usec = now.tv_nsec / 1000;
  }
  return real(fd, events, size);
}

int close(int fd) {
  static int (*real)(int);
  if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "close");
  if (ours(fd)) is_device[fd] = 0;
  return real(fd);
}
