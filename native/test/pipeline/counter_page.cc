#include "pipeline/counter_page.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

using namespace earthshine;

TEST_CASE("a counter page is shared, kept from other programs, and reset slot by slot") {
  auto created = CounterPage::create();
  REQUIRE(created.ok());
  const int descriptor = created.value();
  CHECK((fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0);
  auto one = CounterPage::map(descriptor);
  auto two = CounterPage::map(descriptor);
  REQUIRE(one.ok());
  REQUIRE(two.ok());
  ::close(descriptor);
  one.value()->slot(5).video_packet = 77;
  one.value()->slot(6).audio_sequence = 9;
  CHECK(two.value()->slot(5).video_packet == 77);
  two.value()->reset(5);
  CHECK(one.value()->slot(5).video_packet == 0);
  CHECK(one.value()->slot(5).video_frame == 1);
  CHECK(one.value()->slot(6).audio_sequence == 9);
}

TEST_CASE("other descriptors are refused") {
  CHECK_FALSE(CounterPage::map(-1).ok());
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  CHECK_FALSE(CounterPage::map(null).ok());
  ::close(null);
}
