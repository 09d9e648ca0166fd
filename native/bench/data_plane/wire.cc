#include "wire.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

namespace earthshine::bench {

namespace {

class Loopback final : public Wire {
 public:
  Loopback() : descriptor_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sock_filter drop_all[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
    const sock_fprog program{1, drop_all};
    setsockopt(descriptor_, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
    peer_.sin_family = AF_INET;
    peer_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof peer_;
    // SAFETY: sockaddr_in is passed as the sockaddr that its family says it is.
    auto* generic = reinterpret_cast<sockaddr*>(&peer_);
    bind(descriptor_, generic, length);
    getsockname(descriptor_, generic, &length);
  }
  ~Loopback() override { ::close(descriptor_); }

  [[nodiscard]] std::shared_ptr<MediaSocket> connected() const override {
    return MediaSocket::open({"127.0.0.1", ntohs(peer_.sin_port), "127.0.0.1", 0}, kVideoMarking,
                             false, 8 << 20)
        .value();
  }
  [[nodiscard]] int unconnected() const override {
    return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  }

 private:
  int descriptor_;
};

/// This thread in another network namespace, for as long as it lives.
class Inside {
 public:
  explicit Inside(int space) : before_(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
    entered = before_ >= 0 && (space < 0 ? unshare(CLONE_NEWNET) : setns(space, CLONE_NEWNET)) == 0;
  }
  ~Inside() {
    if (entered) setns(before_, CLONE_NEWNET);
    if (before_ >= 0) ::close(before_);
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  bool entered = false;

 private:
  int before_;
};

class VirtualEthernet final : public Wire {
 public:
  explicit VirtualEthernet(bool offload) {
    const Inside inside(-1);
    if (!inside.entered) return;
    space_ = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    const std::string commands =
        std::string(
            "exec >/dev/null 2>&1; set -e\n"
            "ip link add near type veth peer name far\n"
            "ip address add 192.0.2.1/24 dev near\n"
            "ip link set near up\n"
            "ip link set far up\n"
            // Nobody has this address: the far end sees frames for another machine.
            "ip neighbour add 192.0.2.2 lladdr 02:00:00:00:00:99 dev near\n"
            "ethtool -K near tx-udp-segmentation ") +
        (offload ? "on\n" : "off\n");
    works = system(commands.c_str()) == 0;
    peer_.sin_family = AF_INET;
    peer_.sin_port = htons(47998);
    inet_pton(AF_INET, "192.0.2.2", &peer_.sin_addr);
  }
  ~VirtualEthernet() override {
    if (space_ >= 0) ::close(space_);
  }

  [[nodiscard]] std::shared_ptr<MediaSocket> connected() const override {
    const Inside inside(space_);
    return MediaSocket::open({"192.0.2.2", 47998, "192.0.2.1", 0}, kVideoMarking, false, 8 << 20)
        .value();
  }
  [[nodiscard]] int unconnected() const override {
    const Inside inside(space_);
    return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  }

  bool works = false;

 private:
  int space_ = -1;
};

}  // namespace

std::unique_ptr<Wire> Wire::loopback() {
  return std::make_unique<Loopback>();
}

std::unique_ptr<Wire> Wire::virtual_ethernet(bool offload) {
  auto wire = std::make_unique<VirtualEthernet>(offload);
  if (!wire->works) return nullptr;
  return wire;
}

}  // namespace earthshine::bench
