#include "base/descriptor_passing.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace earthshine {

namespace {

constexpr std::size_t kRoom = CMSG_SPACE(sizeof(int) * kMostDescriptors);

Fault failed(const char* what) {
  return Fault{std::string("Descriptors could not be ") + what + ": " + std::strerror(errno) + "."};
}

}  // namespace

Result<std::array<int, 2>> descriptor_sockets() {
  std::array<int, 2> ends{};
  // Messages with bounds: what was sent together comes together.
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return failed("passed on");
  }
  return ends;
}

Result<bool> send_descriptors(int socket, std::span<const int> descriptors) {
  if (descriptors.empty() || descriptors.size() > kMostDescriptors) {
    return Fault{"From 1 to 8 descriptors go together."};
  }
  alignas(cmsghdr) std::array<std::byte, kRoom> control{};
  char one = 1;  // a message without data is none
  iovec data{&one, 1};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
  std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
  if (sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) != 1) return failed("sent");
  return true;
}

Result<std::vector<int>> receive_descriptors(int socket) {
  alignas(cmsghdr) std::array<std::byte, kRoom> control{};
  char one = 0;
  iovec data{&one, 1};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got < 0) return failed("received");

  std::vector<int> descriptors;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    const std::size_t before = descriptors.size();
    descriptors.resize(before + count);
    std::memcpy(descriptors.data() + before, CMSG_DATA(header), count * sizeof(int));
  }
  if (descriptors.empty() || (message.msg_flags & MSG_CTRUNC) != 0) {
    // A process that has too many open gets some of them or none.
    for (const int descriptor : descriptors) ::close(descriptor);
    return Fault{"Descriptors could not be received: this process may open no more files."};
  }
  return descriptors;
}

}  // namespace earthshine
