#include "pipeline/counter_page.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
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
  // The right size, but it could become shorter under our hands.
  const int unsealed = memfd_create("unsealed", MFD_CLOEXEC);
  REQUIRE(ftruncate(unsealed, kCounterPageBytes) == 0);
  CHECK_FALSE(CounterPage::map(unsealed).ok());
  ::close(unsealed);
}

TEST_CASE("nobody can cut a counter page off") {
  auto created = CounterPage::create();
  REQUIRE(created.ok());
  auto page = CounterPage::map(created.value());
  REQUIRE(page.ok());
  CHECK(ftruncate(created.value(), 0) != 0);
  CHECK(ftruncate(created.value(), 2 * kCounterPageBytes) != 0);
  page.value()->slot(kCounterSlots - 1).video_packet = 5;
  CHECK(page.value()->slot(kCounterSlots - 1).video_packet == 5);
  ::close(created.value());
}
