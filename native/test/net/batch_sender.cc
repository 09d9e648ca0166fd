#include "net/batch_sender.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/ip.h>
#include <sys/utsname.h>

#include "net/media_socket.h"
#include "net/segmentation_check.h"
#include "support/loopback.h"
#include "support/vectors.h"

using namespace earthshine;
using test::LoopbackClient;
using Method = BatchSender::Method;

namespace {

std::shared_ptr<MediaSocket> open(const LoopbackClient& client) {
  auto opened = MediaSocket::open(client.endpoint(), kVideoMarking, true, 8 << 20);
  REQUIRE(opened.ok());
  return opened.value();
}

}  // namespace

TEST_CASE("batch sender: segmentation works on a kernel that does not spoil it") {
  utsname system{};
  REQUIRE(uname(&system) == 0);
  // Loopback segments in every kernel that knows UDP_SEGMENT (4.18).
  CHECK(segmentation_works() == !release_corrupts_segmentation(system.release));
}

TEST_CASE("batch sender: every method delivers the same datagrams, IPv4 and IPv6") {
  for (const int family : {AF_INET, AF_INET6}) {
    for (const auto method : {Method::kSegmentation, Method::kBatch, Method::kSingle}) {
      if (method == Method::kSegmentation && !segmentation_works()) continue;
      for (const std::size_t size : {std::size_t{96}, std::size_t{1408}, std::size_t{4000}}) {
        for (const std::size_t count : {1, 2, 45, 46, 47, 64, 65, 130}) {
          CAPTURE(size);
          CAPTURE(count);
          LoopbackClient client(family);
          BatchSender sender(method);
          const auto bytes = vectors::generated(static_cast<std::uint32_t>(count), size * count);
          const auto socket = open(client);
          // In parts, so that the test does not depend on how much the socket may hold.
          for (std::size_t from = 0; from < count;) {
            const std::size_t part = std::min<std::size_t>(count - from, size > 2000 ? 20 : 65);
            sender.send_equal(*socket, bytes.data() + from * size, size, part);
            for (std::size_t i = from; i < from + part; ++i) {
              const auto datagram = client.receive();
              REQUIRE(datagram);
              REQUIRE(datagram->size() == size);
              REQUIRE(std::equal(datagram->begin(), datagram->end(), bytes.data() + i * size));
            }
            from += part;
          }
          CHECK(sender.counts().packets == count);
          CHECK(sender.counts().bytes == count * size);
          CHECK(sender.counts().drops + sender.counts().errors == 0);
        }
      }
    }
  }
}

TEST_CASE("batch sender: a kernel that refuses segmentation gets single datagrams, for good") {
  LoopbackClient client;
  const auto socket = open(client);
  // Linux refuses to segment where checksums are off.
  const int on = 1;
  REQUIRE(setsockopt(socket->descriptor(), SOL_SOCKET, SO_NO_CHECK, &on, sizeof on) == 0);
  BatchSender sender(Method::kSegmentation);
  const auto bytes = vectors::generated(5, 1408 * 50);
  sender.send_equal(*socket, bytes.data(), 1408, 50);
  CHECK(std::string(sender.method_name()) == "sendmmsg");
  for (std::size_t i = 0; i < 50; ++i) {
    const auto datagram = client.receive();
    REQUIRE(datagram);
    CHECK(datagram->size() == 1408);
    CHECK(std::equal(datagram->begin(), datagram->end(), bytes.data() + i * 1408));
  }
  CHECK(sender.counts().packets == 50);
  CHECK(sender.counts().errors == 0);
}

TEST_CASE("batch sender: segments larger than the path's MTU leave as datagrams, none is lost") {
  LoopbackClient client(AF_INET6);
  const auto socket = open(client);
  const int mtu = 1280;
  REQUIRE(setsockopt(socket->descriptor(), IPPROTO_IPV6, IPV6_MTU, &mtu, sizeof mtu) == 0);
  BatchSender sender(Method::kSegmentation);
  const auto bytes = vectors::generated(6, 1408 * 100);
  sender.send_equal(*socket, bytes.data(), 1408, 100);
  CHECK(std::string(sender.method_name()) == "sendmmsg");
  for (std::size_t i = 0; i < 100; ++i) {
    const auto datagram = client.receive();
    REQUIRE(datagram);
    CHECK(std::equal(datagram->begin(), datagram->end(), bytes.data() + i * 1408));
  }
  CHECK(sender.counts().packets == 100);
  CHECK(sender.counts().errors + sender.counts().drops == 0);
}

TEST_CASE("batch sender: segmentation left by hand stays left") {
  LoopbackClient client;
  const auto socket = open(client);
  const auto bytes = vectors::generated(7, 1408 * 10);
  BatchSender sender(Method::kSegmentation);
  sender.use_batches();
  CHECK(std::string(sender.method_name()) == "sendmmsg");
  sender.send_equal(*socket, bytes.data(), 1408, 10);
  CHECK(sender.counts().calls == 1);
  CHECK(sender.counts().packets == 10);
  BatchSender single(Method::kSingle);
  single.use_batches();
  CHECK(std::string(single.method_name()) == "send");
  single.send_equal(*socket, bytes.data(), 1408, 10);
  CHECK(single.counts().calls == 10);
}

TEST_CASE("batch sender: a full buffer is a counted drop, and nothing waits") {
  LoopbackClient client(AF_INET6);
  const auto socket = open(client);
  // Loopback takes a packet out of the send buffer at once, so the buffer is made to overflow
  // within one datagram: by many fragments of it.
  const int smallest = 1, mtu = 1280;
  REQUIRE(setsockopt(socket->descriptor(), SOL_SOCKET, SO_SNDBUF, &smallest, sizeof smallest) == 0);
  REQUIRE(setsockopt(socket->descriptor(), IPPROTO_IPV6, IPV6_MTU, &mtu, sizeof mtu) == 0);
  BatchSender sender(Method::kBatch);
  const auto bytes = vectors::generated(5, 50'000 * 3);
  sender.send_equal(*socket, bytes.data(), 50'000, 3);
  CHECK(sender.counts().drops == 3);
  CHECK(sender.counts().packets == 0);
  CHECK(sender.counts().errors == 0);
  // What fits still goes out afterwards.
  sender.send_equal(*socket, bytes.data(), 1000, 1);
  CHECK(sender.counts().packets == 1);
}

TEST_CASE("media socket: marks, and drops the client's pings that it draws from the listener") {
  for (const int family : {AF_INET, AF_INET6}) {
    CAPTURE(family);
    // The control process's socket: same port, SO_REUSEPORT, not connected.
    const int listener = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    sockaddr_storage any{};
    any.ss_family = static_cast<sa_family_t>(family);
    const socklen_t length = family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&any), length) == 0);
    const std::uint16_t port = LoopbackClient::port_of(listener);

    LoopbackClient client(family), stranger(family);
    setsockopt(client.descriptor(), IPPROTO_IP, IP_RECVTOS, &on, sizeof on);
    setsockopt(client.descriptor(), IPPROTO_IPV6, IPV6_RECVTCLASS, &on, sizeof on);
    const auto opened = MediaSocket::open(client.endpoint(port), kVideoMarking, true, 1 << 20);
    REQUIRE(opened.ok());
    const MediaSocket& media = *opened.value();
    CHECK(media.send_buffer() > 0);
    CHECK((fcntl(media.descriptor(), F_GETFL) & O_NONBLOCK) != 0);
    int priority = 0;
    socklen_t size = sizeof priority;
    REQUIRE(getsockopt(media.descriptor(), SOL_SOCKET, SO_PRIORITY, &priority, &size) == 0);
    CHECK(priority == 5);

    const std::string picture = "picture";
    REQUIRE(send(media.descriptor(), picture.data(), picture.size(), 0) == 7);
    std::array<char, 100> bytes{};
    alignas(cmsghdr) std::array<char, 100> control{};
    iovec vector{bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    REQUIRE(recvmsg(client.descriptor(), &message, 0) == 7);
    const cmsghdr* entry = CMSG_FIRSTHDR(&message);
    REQUIRE(entry);
    CHECK(static_cast<unsigned char>(*CMSG_DATA(entry)) == 160);

    for (int i = 0; i < 50; ++i) {
      client.send_to(port, "PING");
      stranger.send_to(port, "PONG");
    }
    int of_strangers = 0;
    char ping[8];
    for (ssize_t got; (got = recv(listener, ping, sizeof ping, 0)) > 0;) {
      CHECK(std::string(ping, 4) == "PONG");
      ++of_strangers;
    }
    CHECK(of_strangers == 50);
    CHECK(recv(media.descriptor(), ping, sizeof ping, MSG_DONTWAIT) < 0);
    ::close(listener);
  }
}

TEST_CASE("media socket: tells what the kernel granted, which is what was asked if it allows") {
  LoopbackClient client;
  const auto small = MediaSocket::open(client.endpoint(), kVideoMarking, false, 100'000);
  REQUIRE(small.ok());
  CHECK(small.value()->send_buffer() == 100'000);
  const auto large = MediaSocket::open(client.endpoint(), kVideoMarking, false, 32 << 20);
  REQUIRE(large.ok());
  CHECK(large.value()->send_buffer() >= 100'000);
  CHECK(large.value()->send_buffer() <= 32 << 20);
}

TEST_CASE("media socket: the send buffer holds two frames, 1 to 32 MB") {
  CHECK(video_send_buffer(10'000, 16'666'667) == 1 << 20);
  CHECK(video_send_buffer(500'000, 16'666'667) == 2'083'250);
  CHECK(video_send_buffer(2'000'000, 4'166'667) == 2'083'000);
  CHECK(video_send_buffer(2'000'000, 2'000'000) == 1 << 20);
  CHECK(video_send_buffer(100'000'000, 16'666'667) == 32 << 20);
}

TEST_CASE("segmentation check: kernels that corrupt it are known by their release") {
  for (const char* bad : {"7.0.0", "7.0.11-fc", "7.1.0", "7.1.4-200.fc45.x86_64", "7.0-rc3"}) {
    CAPTURE(bad);
    CHECK(release_corrupts_segmentation(bad));
  }
  for (const char* good :
       {"7.1.5", "7.1.10-1", "7.2.0", "6.18.44", "5.10.0-32-amd64", "nonsense"}) {
    CAPTURE(good);
    CHECK_FALSE(release_corrupts_segmentation(good));
  }
}
