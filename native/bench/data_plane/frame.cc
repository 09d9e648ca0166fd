#include <cstdio>
#include <string>

#include "../goal.h"
#include "../measure.h"
#include "allocations.h"
#include "conditions.h"
#include "packet/frame_plan.h"
#include "paths.h"
#include "subjects.h"
#include "wire.h"

namespace earthshine::bench {

namespace {

constexpr std::size_t kFrame = 150'000, kLargeFrame = 1'100'000;

void against_common_path(const Wire* wire, const std::string& where, std::size_t size, bool sealed,
                         double target) {
  const std::string what =
      std::to_string(size / 1000) + " KB frame, " + (sealed ? "sealed, " : "plain, ") + where;
  if (!wire) return print_not_measured(6, what, "needs root, ip and ethtool");
  const Bytes picture = pattern(size);
  CommonPath common(*wire, sealed, StandIn::kIsaL), harder(*wire, sealed, StandIn::kOwnAvx2);
  OwnPath own(transport_to(*wire), sealed);
  std::vector<Contestant> contestants = {{"own", [&] { own.send(picture); }},
                                         {"common", [&] { common.send(picture); }},
                                         {"harder", [&] { harder.send(picture); }}};
  measure(contestants, 151, 1);
  const auto ratio = [&](int to) { return contestants[to].median() / contestants[0].median(); };
  char text[80], harder_text[80];
  std::snprintf(text, sizeof text, "x the common path (%.0f, %.0f us)", contestants[0].median(),
                contestants[1].median());
  std::snprintf(harder_text, sizeof harder_text, "x (%.0f us)", contestants[2].median());
  const char* why = has_isal() ? why_not_here(sealed) : "libisal is not installed";
  if (target > 0) {
    print_goal(6, what, ratio(1), text, true, target, why);
  } else {
    print_figure(what, ratio(1), text);
  }
  print_figure("  the same with the own AVX2 parity in the common path", ratio(2), harder_text);
}

/// From the encoder's output to the first packet handed over, and to the last.
void without_kernel(std::size_t size, bool sealed) {
  auto transport = std::make_shared<NoTransport>();
  OwnPath own(transport, sealed);
  const Bytes picture = pattern(size);
  std::vector<double> first, whole;
  for (int i = 0; i < 400; ++i) {
    transport->reset();
    const double start = cpu_time();
    own.send(picture);
    const double end = cpu_time();
    first.push_back(transport->first_at - start);
    whole.push_back(end - start);
  }
  const std::string kind = std::to_string(size / 1000) + " KB, " + (sealed ? "sealed" : "plain");
  const char* why = why_not_here(sealed);
  char text[80];
  std::snprintf(text, sizeof text, "us CPU (p99 %.1f)", percentile(first, 0.99));
  print_goal(8, "until the first packet, " + kind, percentile(first, 0.5), text, false,
             sealed ? 15 : 5, why);
  if (size != kFrame || !sealed) return;
  const std::string what = "copy, headers, parity, seal of " + kind;
  print_goal(9, what, percentile(whole, 0.5), "us CPU p50", false, 60, why);
  print_goal(9, what, percentile(whole, 0.99), "us CPU p99", false, 150, why);
}

void count_allocations() {
  const Bytes small = pattern(15'000), large = pattern(kLargeFrame);
  const auto wire = Wire::loopback();
  for (const bool sealed : {false, true}) {
    OwnPath own(transport_to(*wire), sealed);
    for (int i = 0; i < 4; ++i) own.send(i % 2 ? large : small);
    const std::uint64_t before = allocations();
    for (int i = 0; i < 100; ++i) own.send(i % 2 ? large : small);
    print_goal(10,
               std::string("allocations in 100 frames after 4, ") + (sealed ? "sealed" : "plain"),
               static_cast<double>(allocations() - before), "", false, 0);
  }
}

void plan_large_frames() {
  // The first shard past four blocks at 20 %, and the last that four blocks of 255 shards hold.
  for (const std::size_t data : {std::size_t{849}, std::size_t{1008}}) {
    const auto plan = plan_frame(data * 1376 - 8, {});
    char text[80];
    std::snprintf(text, sizeof text, "%% parity, %zu + %zu shards", plan->data,
                  plan->shards - plan->data);
    print_goal(12, std::to_string(data * 1376 / 1000) + " KB frame keeps",
               plan->blocks[0].percentage, text, true, 1);
  }
}

}  // namespace

void bench_frame() {
  const auto device = Wire::virtual_ethernet(true), kernel = Wire::virtual_ethernet(false);
  against_common_path(device.get(), "device offload", kFrame, false, 3.0);
  against_common_path(kernel.get(), "kernel segments", kFrame, false, 1.8);
  against_common_path(device.get(), "device offload", kFrame, true, 2.5);
  against_common_path(kernel.get(), "kernel segments", kFrame, true, 1.8);
  against_common_path(kernel.get(), "kernel segments", kLargeFrame, false, 0);
  against_common_path(kernel.get(), "kernel segments", kLargeFrame, true, 0);
  const auto loopback = Wire::loopback();
  against_common_path(loopback.get(), "loopback", kFrame, false, 0);
  against_common_path(loopback.get(), "loopback", kFrame, true, 0);
  for (const std::size_t size : {kFrame, kLargeFrame}) {
    for (const bool sealed : {false, true}) without_kernel(size, sealed);
  }
  count_allocations();
  plan_large_frames();
}

}  // namespace earthshine::bench
