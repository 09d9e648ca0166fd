#include "base/descriptor_passing.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

using namespace earthshine;

namespace {

struct Sockets {
  std::array<int, 2> ends{};
  Sockets() {
    auto made = descriptor_sockets();
    REQUIRE(made.ok());
    ends = made.value();
  }
  ~Sockets() {
    for (const int end : ends) close(end);
  }
};

/// Memory with a text in it.
int memory(const std::string& text) {
  const int descriptor = memfd_create("test", MFD_CLOEXEC);
  REQUIRE(write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  return descriptor;
}

std::string text_of(int descriptor) {
  std::array<char, 64> text{};
  const ssize_t got = pread(descriptor, text.data(), text.size(), 0);
  return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}

}  // namespace

TEST_CASE("descriptors: what was sent together comes together, in its order, closed on exec") {
  const Sockets sockets;
  const std::vector<int> sent{memory("one"), memory("two"), memory("three")};
  REQUIRE(send_descriptors(sockets.ends[0], std::span(sent).first(2)).ok());
  REQUIRE(send_descriptors(sockets.ends[0], std::span(sent).last(1)).ok());
  for (const int descriptor : sent) close(descriptor);

  auto first = receive_descriptors(sockets.ends[1]);
  REQUIRE(first.ok());
  REQUIRE(first.value().size() == 2);
  CHECK(text_of(first.value()[0]) == "one");
  CHECK(text_of(first.value()[1]) == "two");
  CHECK((fcntl(first.value()[0], F_GETFD) & FD_CLOEXEC) != 0);
  auto second = receive_descriptors(sockets.ends[1]);
  REQUIRE(second.ok());
  REQUIRE(second.value().size() == 1);
  CHECK(text_of(second.value()[0]) == "three");
  for (const int descriptor : first.value()) close(descriptor);
  close(second.value()[0]);
}

TEST_CASE("descriptors: none, too many, none sent, and nobody there") {
  Sockets sockets;
  CHECK_FALSE(send_descriptors(sockets.ends[0], {}).ok());
  const std::vector<int> many(kMostDescriptors + 1, sockets.ends[0]);
  CHECK_FALSE(send_descriptors(sockets.ends[0], many).ok());
  CHECK(send_descriptors(sockets.ends[0], std::span(many).first(kMostDescriptors)).ok());
  auto received = receive_descriptors(sockets.ends[1]);
  REQUIRE(received.ok());
  CHECK(received.value().size() == kMostDescriptors);
  for (const int descriptor : received.value()) close(descriptor);

  CHECK_FALSE(receive_descriptors(sockets.ends[1]).ok());  // nothing waits: it does not block
  close(sockets.ends[1]);
  CHECK_FALSE(send_descriptors(sockets.ends[0], std::span(many).first(1)).ok());
  sockets.ends[1] = dup(sockets.ends[0]);
}

TEST_CASE("descriptors: a process that may open no more files takes none by halves") {
  const Sockets sockets;
  const std::vector<int> two(2, sockets.ends[0]);
  REQUIRE(send_descriptors(sockets.ends[0], two).ok());
  const int next = dup(0);
  close(next);
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit tight{static_cast<rlim_t>(next) + 1, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &tight) == 0);
  const auto received = receive_descriptors(sockets.ends[1]);
  setrlimit(RLIMIT_NOFILE, &before);
  CHECK_FALSE(received.ok());
  const int free_again = dup(0);
  CHECK(free_again == next);
  close(free_again);
}
