#pragma once
// A stand-in for /dev/dri/card0, /dev/dri/renderD128 and /dev/udmabuf on a machine that has none,
// preloaded into a compositor (LD_PRELOAD). Its device is like vgem: dumb buffers and PRIME, no
// driver, so Mesa renders in software; its "dma-bufs" are memfds, which can be passed on and mapped
// like real ones. No modes, no fences, no modifiers.
//
// FAKEDRI_DEBUG=1 tells of opened nodes and refused requests on standard error.

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/// Guards everything below.
extern pthread_mutex_t fakedri_lock;

enum { kMinorUdmabuf = -2, kMinorNone = -1, kMinorCard = 0, kMinorRender = 128 };

/// The inode behind `descriptor`, without the preloaded fstat.
bool fakedri_inode(int descriptor, struct stat* status);
/// Identity of an opened DRM node (its inode), or 0.
uint64_t fakedri_file(int descriptor);
bool fakedri_is_udmabuf(int descriptor);
bool fakedri_debug(void);

/// A DRM request on an opened node; sets errno.
int fakedri_drm_request(uint64_t file, unsigned number, void* argument);
/// The memfd behind a mapping offset that fakedri_drm_request gave, or -1; `offset` becomes the one
/// inside it.
int fakedri_mapped_buffer(off_t* offset);
