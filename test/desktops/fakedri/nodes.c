// The nodes: what is opened under their names is a memfd that says it is a character device.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fakedri.h"

enum { kDrmMajor = 226, kMaxNodes = 64 };

pthread_mutex_t fakedri_lock = PTHREAD_MUTEX_INITIALIZER;

static struct {
  uint64_t inode;
  int minor;
} nodes[kMaxNodes];
static int node_count;
static uint64_t udmabuf_inode;

bool fakedri_debug(void) {
  return getenv("FAKEDRI_DEBUG") != NULL;
}

bool fakedri_inode(int descriptor, struct stat* status) {
  return syscall(SYS_fstat, descriptor, status) == 0;
}

static int node_index(int descriptor) {
  struct stat status;
  if (node_count == 0 || !fakedri_inode(descriptor, &status)) return -1;
  for (int i = 0; i < node_count; ++i) {
    if (nodes[i].inode == status.st_ino) return i;
  }
  return -1;
}

uint64_t fakedri_file(int descriptor) {
  const int index = node_index(descriptor);
  return index < 0 ? 0 : nodes[index].inode;
}

bool fakedri_is_udmabuf(int descriptor) {
  struct stat status;
  return udmabuf_inode != 0 && fakedri_inode(descriptor, &status) && status.st_ino == udmabuf_inode;
}

static int minor_of(const char* path) {
  if (path == NULL) return kMinorNone;
  if (strcmp(path, "/dev/dri/card0") == 0) return kMinorCard;
  if (strcmp(path, "/dev/dri/renderD128") == 0) return kMinorRender;
  // A real one is better.
  if (strcmp(path, "/dev/udmabuf") == 0 && syscall(SYS_access, path, R_OK | W_OK) != 0) {
    return kMinorUdmabuf;
  }
  return kMinorNone;
}

static int open_node(const char* path) {
  const int minor = minor_of(path);
  if (minor == kMinorNone) return -1;
  const int descriptor = syscall(SYS_memfd_create, "fakedri", MFD_CLOEXEC);
  struct stat status;
  if (descriptor < 0 || !fakedri_inode(descriptor, &status)) return -1;
  pthread_mutex_lock(&fakedri_lock);
  if (minor == kMinorUdmabuf) {
    udmabuf_inode = status.st_ino;
  } else if (node_count < kMaxNodes) {
    nodes[node_count].inode = status.st_ino;
    nodes[node_count++].minor = minor;
  }
  pthread_mutex_unlock(&fakedri_lock);
  if (fakedri_debug()) dprintf(2, "fakedri: open %s = %d\n", path, descriptor);
  return descriptor;
}

static int open_any(int folder, const char* path, int flags, mode_t mode) {
  const int node = open_node(path);
  return node >= 0 ? node : (int)syscall(SYS_openat, folder, path, flags, mode);
}

#define MODE_ARGUMENT(last)                 \
  va_list list;                             \
  va_start(list, last);                     \
  const mode_t mode = va_arg(list, mode_t); \
  va_end(list)

int open(const char* path, int flags, ...) {
  MODE_ARGUMENT(flags);
  return open_any(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  MODE_ARGUMENT(flags);
  return open_any(AT_FDCWD, path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  MODE_ARGUMENT(flags);
  return open_any(folder, path, flags, mode);
}
int openat64(int folder, const char* path, int flags, ...) {
  MODE_ARGUMENT(flags);
  return open_any(folder, path, flags, mode);
}
// What the fortified headers call.
int __open_2(const char* path, int flags) {
  return open_any(AT_FDCWD, path, flags, 0);
}
int __open64_2(const char* path, int flags) {
  return open_any(AT_FDCWD, path, flags, 0);
}

int fstat(int descriptor, struct stat* status) {
  if (!fakedri_inode(descriptor, status)) return -1;
  const int index = node_index(descriptor);
  if (index >= 0) {
    status->st_mode = S_IFCHR | 0666;
    status->st_rdev = makedev(kDrmMajor, nodes[index].minor);
  }
  return 0;
}
int fstat64(int descriptor, struct stat64* status) {
  return fstat(descriptor, (struct stat*)status);
}

void* mmap(void* address, size_t length, int protection, int flags, int descriptor, off_t offset) {
  if (descriptor >= 0 && offset > 0 && fakedri_file(descriptor) != 0) {
    const int buffer = fakedri_mapped_buffer(&offset);
    if (buffer >= 0) descriptor = buffer;
  }
  return (void*)syscall(SYS_mmap, address, length, protection, flags, descriptor, offset);
}
void* mmap64(void* address, size_t length, int protection, int flags, int descriptor,
             off_t offset) {
  return mmap(address, length, protection, flags, descriptor, offset);
}
