// The requests: dumb buffers, their handles, and their way to other processes. Layouts and numbers
// as in <drm/drm.h>, <drm/drm_mode.h> and <linux/udmabuf.h>, which not every machine that builds
// this has.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fakedri.h"

struct drm_version {
  int major, minor, patch_level;
  size_t name_length;
  char* name;
  size_t date_length;
  char* date;
  size_t description_length;
  char* description;
};
struct drm_unique {
  size_t length;
  char* text;
};
struct drm_get_cap {
  uint64_t capability, value;
};
struct drm_prime_handle {
  uint32_t handle, flags;
  int32_t descriptor;
};
struct drm_create_dumb {
  uint32_t height, width, bits_per_pixel, flags, handle, pitch;
  uint64_t size;
};
struct drm_map_dumb {
  uint32_t handle, padding;
  uint64_t offset;
};
struct udmabuf_create {
  uint32_t memfd, flags;
  uint64_t offset, size;
};

enum {
  kVersion = 0x00,
  kGetUnique = 0x01,
  kGetMagic = 0x02,
  kSetVersion = 0x07,
  kGemClose = 0x09,
  kGetCap = 0x0C,
  kSetClientCap = 0x0D,
  kAuthMagic = 0x11,
  kPrimeHandleToDescriptor = 0x2D,
  kPrimeDescriptorToHandle = 0x2E,
  kCreateDumb = 0xB2,
  kMapDumb = 0xB3,
  kDestroyDumb = 0xB4,
};
enum {
  kCapDumbBuffer = 0x1,
  kCapPrime = 0x5,
  kCapTimestampMonotonic = 0x6,
  kCapCursorWidth = 0x8,
  kCapCursorHeight = 0x9,
};
enum { kMaxHandles = 4096, kPitchAlignment = 64, kPage = 4096 };
/// A buffer's mapping offset is its handle above so many bits.
enum { kOffsetBits = 32 };

/// A GEM handle is an index here plus one.
static struct {
  bool used;
  int descriptor;
  uint64_t file, inode;
} handles[kMaxHandles];

static int duplicate(int descriptor) {
  return (int)syscall(SYS_fcntl, descriptor, F_DUPFD_CLOEXEC, 3);
}

static int failed(int error) {
  errno = error;
  return -1;
}

static int index_of(uint32_t handle) {
  const int index = (int)handle - 1;
  return index >= 0 && index < kMaxHandles && handles[index].used ? index : -1;
}

/// The same buffer has one handle per opened node, as the kernel promises. 0: none is free.
static uint32_t handle_of(uint64_t file, int descriptor) {
  struct stat status;
  if (!fakedri_inode(descriptor, &status)) return 0;
  int unused = -1;
  for (int i = 0; i < kMaxHandles; ++i) {
    if (handles[i].used && handles[i].file == file && handles[i].inode == status.st_ino)
      return i + 1;
    if (!handles[i].used && unused < 0) unused = i;
  }
  if (unused < 0) return 0;
  handles[unused].used = true;
  handles[unused].file = file;
  handles[unused].inode = status.st_ino;
  handles[unused].descriptor = duplicate(descriptor);
  return unused + 1;
}

static void answer_text(char* to, size_t* length, const char* text) {
  const size_t whole = strlen(text);
  if (to != NULL) memcpy(to, text, *length < whole ? *length : whole);
  *length = whole;
}

static int create_dumb(uint64_t file, struct drm_create_dumb* request) {
  const uint32_t bytes = request->width * ((request->bits_per_pixel + 7) / 8);
  request->pitch = (bytes + kPitchAlignment - 1) / kPitchAlignment * kPitchAlignment;
  request->size = ((uint64_t)request->pitch * request->height + kPage - 1) / kPage * kPage;
  const int memory = syscall(SYS_memfd_create, "fakedri-buffer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (memory < 0 || syscall(SYS_ftruncate, memory, request->size) != 0) return failed(ENOMEM);
  request->handle = handle_of(file, memory);
  syscall(SYS_close, memory);
  return request->handle == 0 ? failed(ENOMEM) : 0;
}

static int capability(struct drm_get_cap* request) {
  switch (request->capability) {
    case kCapDumbBuffer:
    case kCapTimestampMonotonic:
      request->value = 1;
      return 0;
    case kCapPrime:
      request->value = 3;  // import and export
      return 0;
    case kCapCursorWidth:
    case kCapCursorHeight:
      request->value = 64;
      return 0;
    default:
      request->value = 0;
      return 0;
  }
}

int fakedri_drm_request(uint64_t file, unsigned number, void* argument) {
  switch (number) {
    case kVersion: {
      struct drm_version* version = argument;
      version->major = 1;
      version->minor = version->patch_level = 0;
      answer_text(version->name, &version->name_length, "vgem");
      answer_text(version->date, &version->date_length, "0");
      answer_text(version->description, &version->description_length, "fake");
      return 0;
    }
    case kGetUnique: {
      struct drm_unique* unique = argument;
      answer_text(unique->text, &unique->length, "vgem");
      return 0;
    }
    case kGetMagic:
      *(unsigned*)argument = 1;
      return 0;
    case kSetVersion:
    case kAuthMagic:
      return 0;
    case kGetCap:
      return capability(argument);
    case kSetClientCap:
      return failed(EINVAL);
    case kGemClose:
    case kDestroyDumb: {
      const int index = index_of(*(uint32_t*)argument);
      if (index < 0) return failed(EINVAL);
      syscall(SYS_close, handles[index].descriptor);
      handles[index].used = false;
      return 0;
    }
    case kCreateDumb:
      return create_dumb(file, argument);
    case kMapDumb: {
      struct drm_map_dumb* request = argument;
      if (index_of(request->handle) < 0) return failed(ENOENT);
      request->offset = (uint64_t)request->handle << kOffsetBits;
      return 0;
    }
    case kPrimeHandleToDescriptor: {
      struct drm_prime_handle* request = argument;
      const int index = index_of(request->handle);
      if (index < 0) return failed(ENOENT);
      request->descriptor = duplicate(handles[index].descriptor);
      return request->descriptor < 0 ? -1 : 0;
    }
    case kPrimeDescriptorToHandle: {
      struct drm_prime_handle* request = argument;
      request->handle = handle_of(file, request->descriptor);
      return request->handle == 0 ? failed(ENOMEM) : 0;
    }
    default:
      if (fakedri_debug()) dprintf(2, "fakedri: request %#x refused\n", number);
      return failed(EOPNOTSUPP);
  }
}

int fakedri_mapped_buffer(off_t* offset) {
  const int index = index_of((uint64_t)*offset >> kOffsetBits);
  if (index < 0) return -1;
  *offset &= (1ull << kOffsetBits) - 1;
  return handles[index].descriptor;
}

#define UDMABUF_CREATE _IOW('u', 0x42, struct udmabuf_create)

int ioctl(int descriptor, unsigned long request, ...) {
  va_list list;
  va_start(list, request);
  void* argument = va_arg(list, void*);
  va_end(list);
  const unsigned type = _IOC_TYPE(request), number = _IOC_NR(request);
  if (type == 'd') {
    const uint64_t file = fakedri_file(descriptor);
    if (file != 0) {
      pthread_mutex_lock(&fakedri_lock);
      const int result = fakedri_drm_request(file, number, argument);
      pthread_mutex_unlock(&fakedri_lock);
      return result;
    }
  } else if (request == UDMABUF_CREATE && fakedri_is_udmabuf(descriptor)) {
    return duplicate((int)((struct udmabuf_create*)argument)->memfd);
  } else if (type == 'b' && number == 0) {  // DMA_BUF_IOCTL_SYNC: a memfd is always in step
    const int result = syscall(SYS_ioctl, descriptor, request, argument);
    return result < 0 && errno == ENOTTY ? 0 : result;
  }
  return syscall(SYS_ioctl, descriptor, request, argument);
}
