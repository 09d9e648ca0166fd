#include <cstdio>
#include <string>

#include "../goal.h"
#include "../measure.h"
#include "conditions.h"
#include "net/batch_sender.h"
#include "net/segmentation_check.h"
#include "paths.h"
#include "subjects.h"
#include "wire.h"

namespace earthshine::bench {

namespace {

constexpr const char* kNoWire = "needs root, ip and ethtool";
constexpr std::size_t kPackets = 132;

struct Sender {
  std::shared_ptr<MediaSocket> socket;
  BatchSender sender;
};

/// CPU of one datagram by each method, and what segmentation saves against batches of 64.
void bench_methods(const Wire* wire, const std::string& where, bool is_goal) {
  const std::string what = "1408-byte datagrams against sendmmsg 64, " + where;
  if (!wire) return print_not_measured(5, what, kNoWire);
  using Method = BatchSender::Method;
  const Bytes packets = pattern(std::size_t{1408} * kPackets);
  std::vector<Contestant> contestants;
  std::vector<std::shared_ptr<Sender>> senders;
  for (const Method method : {Method::kSegmentation, Method::kBatch, Method::kSingle}) {
    senders.push_back(std::make_shared<Sender>(Sender{wire->connected(), BatchSender(method)}));
    contestants.push_back({senders.back()->sender.method_name(), [&, sender = senders.back()] {
                             sender->sender.send_equal(*sender->socket, packets.data(), 1408,
                                                       kPackets);
                           }});
  }
  measure(contestants, 61, 5);
  const double ratio = contestants[1].median() / contestants[0].median();
  const auto nanoseconds = [&](int of) { return contestants[of].median() * 1000 / kPackets; };
  char text[80];
  std::snprintf(text, sizeof text, "x less CPU (%.0f, %.0f, %.0f ns)", nanoseconds(0),
                nanoseconds(1), nanoseconds(2));
  if (std::string(senders[0]->sender.method_name()) != "gso") {
    print_not_measured(5, what, "this kernel refuses segmentation offload");
  } else if (is_goal) {
    print_goal(5, what, ratio, text, true, 3.2);
  } else {
    print_figure(what, ratio, text);
  }
  const SendCounts& counts = senders[0]->sender.counts();
  if (counts.drops + counts.errors > 0) {
    std::printf("         %llu packets of this were dropped or refused\n",
                static_cast<unsigned long long>(counts.drops + counts.errors));
  }
}

/// Calls into the kernel for whole frames of 150 KB, unpaced.
void bench_calls(const Wire& wire) {
  const Bytes picture = pattern(150'000);
  for (const bool sealed : {false, true}) {
    OwnPath path(transport_to(wire), sealed);
    for (int i = 0; i < 50; ++i) path.send(picture);
    const SendCounts& counts = path.counts();
    print_goal(5, std::string("system calls per 1000 packets, ") + (sealed ? "sealed" : "plain"),
               1000.0 * static_cast<double>(counts.calls) / static_cast<double>(counts.packets), "",
               false, 25);
  }
}

/// Frames one after the other, as fast as one core makes them.
void bench_throughput(const Wire* wire, const std::string& where, bool sealed, double target) {
  const std::string what =
      std::string("payload per core, ") + (sealed ? "sealed, " : "plain, ") + where;
  if (!wire) return print_not_measured(7, what, kNoWire);
  const Bytes picture = pattern(150'000);
  OwnPath path(transport_to(*wire), sealed);
  std::vector<Contestant> contestants = {{"own", [&] { path.send(picture); }}};
  measure(contestants, 41, 10);
  const double gigabits = static_cast<double>(picture.size()) * 8 / 1000 / contestants[0].median();
  if (target > 0) {
    print_goal(7, what, gigabits, "Gbit/s of picture", true, target, why_not_here(sealed));
  } else {
    print_figure(what, gigabits, "Gbit/s of picture");
  }
}

}  // namespace

void bench_send() {
  const auto loopback = Wire::loopback();
  const auto device = Wire::virtual_ethernet(true), kernel = Wire::virtual_ethernet(false);
  if (!segmentation_works()) {
    std::printf(
        "         segmentation offload fails its self-test here; a stream would not use it\n");
  }
  bench_methods(kernel.get(), "kernel segments", true);
  bench_methods(device.get(), "device offload", false);
  bench_methods(loopback.get(), "loopback", false);
  bench_calls(*loopback);
  bench_throughput(device.get(), "device offload", true, 16);
  bench_throughput(kernel.get(), "kernel segments", true, 9);
  bench_throughput(loopback.get(), "loopback", true, 0);
  bench_throughput(device.get(), "device offload", false, 0);
  bench_throughput(kernel.get(), "kernel segments", false, 0);
}

}  // namespace earthshine::bench
