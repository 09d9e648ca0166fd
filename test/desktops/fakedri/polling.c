// A dma-buf can be polled, readable when idle; a memfd cannot be. An eventfd that is always
// readable stands in for it.
#define _GNU_SOURCE
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fakedri.h"

enum { kMaxStandIns = 256 };

static struct { int descriptor, epoll, event; } stand_ins[kMaxStandIns];
static int stand_in_count;

static void drop(int index) {
  syscall(SYS_close, stand_ins[index].event);
  stand_ins[index] = stand_ins[--stand_in_count];
}

static int add(int epoll, int descriptor, struct epoll_event* event) {
  const int result = syscall(SYS_epoll_ctl, epoll, EPOLL_CTL_ADD, descriptor, event);
  if (result == 0 || errno != EPERM || stand_in_count == kMaxStandIns) return result;
  const int readable = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
  if (readable < 0) return -1;
  stand_ins[stand_in_count].descriptor = descriptor;
  stand_ins[stand_in_count].epoll = epoll;
  stand_ins[stand_in_count++].event = readable;
  return syscall(SYS_epoll_ctl, epoll, EPOLL_CTL_ADD, readable, event);
}

static int change(int epoll, int operation, int descriptor, struct epoll_event* event) {
  for (int i = 0; i < stand_in_count; ++i) {
    if (stand_ins[i].descriptor != descriptor || stand_ins[i].epoll != epoll) continue;
    const int result = syscall(SYS_epoll_ctl, epoll, operation, stand_ins[i].event, event);
    if (operation == EPOLL_CTL_DEL) drop(i);
    return result;
  }
  return syscall(SYS_epoll_ctl, epoll, operation, descriptor, event);
}

int epoll_ctl(int epoll, int operation, int descriptor, struct epoll_event* event) {
  pthread_mutex_lock(&fakedri_lock);
  const int result = operation == EPOLL_CTL_ADD ? add(epoll, descriptor, event)
                                                : change(epoll, operation, descriptor, event);
  pthread_mutex_unlock(&fakedri_lock);
  return result;
}

int close(int descriptor) {
  if (stand_in_count > 0) {
    pthread_mutex_lock(&fakedri_lock);
    for (int i = stand_in_count - 1; i >= 0; --i) {
      if (stand_ins[i].descriptor == descriptor) drop(i);
    }
    pthread_mutex_unlock(&fakedri_lock);
  }
  return syscall(SYS_close, descriptor);
}
