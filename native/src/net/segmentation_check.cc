#include "net/segmentation_check.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "net/batch_sender.h"

namespace earthshine {

namespace {

/// A loopback receiver on a port of the kernel's choice.
class Receiver {
 public:
  Receiver() : descriptor_(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    if (descriptor_ < 0) return;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    // SAFETY: sockaddr_in is passed as the sockaddr that its family says it is.
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(descriptor_, generic, length) == 0 &&
        getsockname(descriptor_, generic, &length) == 0) {
      port_ = ntohs(address.sin_port);
    }
  }
  ~Receiver() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// The next datagram equals the expected bytes.
  bool receives(const std::uint8_t* expected, std::size_t size) {
    pollfd wait{descriptor_, POLLIN, 0};
    if (poll(&wait, 1, 200) != 1) return false;
    std::vector<std::uint8_t> datagram(65536);
    const ssize_t length = recv(descriptor_, datagram.data(), datagram.size(), 0);
    return length == static_cast<ssize_t>(size) &&
           std::equal(expected, expected + size, datagram.begin());
  }

 private:
  int descriptor_;
  std::uint16_t port_ = 0;
};

bool run_check() {
  utsname system{};
  if (uname(&system) != 0 || release_corrupts_segmentation(system.release)) return false;
  Receiver receiver;
  if (receiver.port() == 0) return false;
  const auto socket = MediaSocket::open({.address = "127.0.0.1",
                                         .port = receiver.port(),
                                         .local_address = "127.0.0.1",
                                         .local_port = 0},
                                        kVideoMarking, false, 1 << 20);
  if (!socket) return false;
  // The size of a usual shard; two segments, and as many as one send takes.
  constexpr std::size_t kSize = 1408;
  for (const std::size_t count : {2, 46}) {
    std::vector<std::uint8_t> bytes(kSize * count);
    std::uint32_t state = static_cast<std::uint32_t>(count);
    for (auto& byte : bytes) {
      state = state * 1664525U + 1013904223U;
      byte = static_cast<std::uint8_t>(state >> 24);
    }
    BatchSender sender(BatchSender::Method::kSegmentation);
    sender.send_equal(*socket.value(), bytes.data(), kSize, count);
    if (std::string_view(sender.method_name()) != "gso") return false;
    for (std::size_t i = 0; i < count; ++i) {
      if (!receiver.receives(bytes.data() + i * kSize, kSize)) return false;
    }
  }
  return true;
}

}  // namespace

bool segmentation_works() {
  static const bool works = run_check();
  return works;
}

bool release_corrupts_segmentation(std::string_view release) {
  unsigned major = 0, minor = 0, patch = 0;
  if (std::sscanf(std::string(release).c_str(), "%u.%u.%u", &major, &minor, &patch) < 2) {
    return false;
  }
  return major == 7 && (minor == 0 || (minor == 1 && patch <= 4));
}

}  // namespace earthshine
