// What a frame costs between the encoder's output and the kernel: parity, sealing, sending, and the
// whole way against the common one (a buffer per frame, coefficients per block, an unconnected
// socket, everything packetized before the first send). All figures are medians of interleaved
// rounds in one run; compare ratios, not microseconds of different machines.

#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#ifdef EARTHSHINE_BENCH_ISAL
#include <isa-l/erasure_code.h>
#endif

#include "measure.h"
#include "packet/reed_solomon.h"
#include "paths.h"

namespace earthshine::bench {

namespace {

/// Data and parity shards of the measured blocks.
constexpr std::pair<std::size_t, std::size_t> kBlocks[] = {
    {20, 4}, {50, 10}, {110, 22}, {200, 40}, {128, 127}};

void bench_parity() {
  std::printf("\nReed-Solomon, us per block of 1408-byte shards (ratio to the AVX2 kernel)\n");
  const auto kernels = supported_parity_kernels();
  for (const auto& [data, parity] : kBlocks) {
    const double start = cpu_time();
    const std::uint8_t* columns = cauchy_columns(parity);
    const double set_up = cpu_time() - start;
    Arena arena((data + parity) * 1408);
    const Bytes content = pattern(data * 1408);
    std::memcpy(arena.data(), content.data(), content.size());
    const ParityJob job{
        columns, parity, data, parity, arena.data(), 1408, arena.data() + data * 1408, 1408, 1408};
    std::vector<Contestant> contestants;
    for (const ParityKernel& kernel : kernels) {
      contestants.push_back({kernel.name, [&kernel, job] { kernel.run(job); }});
    }
    measure(contestants, 15, std::max(1, static_cast<int>(4000 / (data * parity))));
    double reference = contestants[0].median();
    for (const auto& c : contestants) {
      if (c.name == "avx2") reference = c.median();
    }
    std::printf("  %3zu,%-3zu", data, parity);
    for (const auto& c : contestants) {
      std::printf("  %s %.2f (%.2fx)", c.name.c_str(), c.median(), reference / c.median());
    }
    std::printf("  set-up once %.1f\n", set_up);
  }
  if (std::strcmp(kernels.back().name, "avx512-gfni") != 0) {
    std::printf("  avx512-gfni: not measured: this processor lacks AVX-512 or GFNI\n");
  }
}

#ifdef EARTHSHINE_BENCH_ISAL
/// On its own after the kernels: ISA-L leaves wide registers dirty, which slows SSE code that runs
/// after it.
void bench_isal() {
  std::printf("\nISA-L's time to that of the fastest kernel\n");
  for (const auto& [data, parity] : kBlocks) {
    Arena arena((data + parity) * 1408);
    const Bytes content = pattern(data * 1408);
    std::memcpy(arena.data(), content.data(), content.size());
    const std::uint8_t* columns = cauchy_columns(parity);
    Bytes matrix(data * parity), tables(32 * data * parity);
    for (std::size_t i = 0; i < data; ++i) {
      for (std::size_t j = 0; j < parity; ++j) matrix[j * data + i] = columns[i * parity + j];
    }
    const int k = static_cast<int>(data), m = static_cast<int>(parity);
    ec_init_tables(k, m, matrix.data(), tables.data());
    std::vector<std::uint8_t*> sources, targets;
    for (std::size_t i = 0; i < data; ++i) sources.push_back(arena.data() + i * 1408);
    for (std::size_t j = 0; j < parity; ++j) targets.push_back(arena.data() + (data + j) * 1408);
    const ShardRows rows{arena.data(), 1408, arena.data() + data * 1408, 1408, 1408};
    const std::size_t d = data, p = parity;
    std::vector<Contestant> contestants = {
        {"isa-l",
         [&] { ec_encode_data(1408, k, m, tables.data(), sources.data(), targets.data()); }},
        {"own", [rows, d, p] { encode_video_parity(rows, d, p); }}};
    measure(contestants, 31, std::max(1, static_cast<int>(4000 / (data * parity))));
    std::printf("  %3zu,%-3zu  %.2f / %.2f = %.2fx\n", data, parity, contestants[0].median(),
                contestants[1].median(), contestants[0].median() / contestants[1].median());
  }
}
#endif

void bench_sealing() {
  VideoSealer sealer(kKey);
  const Bytes shard = pattern(1408);
  Bytes datagram(1440);
  std::uint64_t counter = 0;
  std::vector<Contestant> contestants = {
      {"AES-128-GCM", [&] { (void)sealer.seal(counter++, 1, shard, datagram.data()); }},
      {"memcpy", [&] {
         std::memcpy(datagram.data(), shard.data(), shard.size());
         asm volatile("" ::: "memory");
       }}};
  measure(contestants, 31, 500);
  std::printf("\nSealing 1408 bytes, ns (libcrypto of this program; the addon uses Node's)\n");
  for (const auto& c : contestants) std::printf("  %s %.0f\n", c.name.c_str(), c.median() * 1000);
}

void bench_sending(const Sink& sink) {
  using Method = BatchSender::Method;
  const auto socket = sink.connected();
  const Bytes packets = pattern(std::size_t{1408} * 132);
  std::vector<Contestant> contestants;
  const auto add = [&](const char* name, Method method) {
    contestants.push_back({name, [&, sender = std::make_shared<BatchSender>(method)] {
                             sender->send_equal(*socket, packets.data(), 1408, 132);
                           }});
  };
  add("send", Method::kSingle);
  add("sendmmsg 64", Method::kBatch);
  if (segmentation_works()) add("gso 46", Method::kSegmentation);
  measure(contestants, 61, 5);
  std::printf("\nSending on loopback, CPU ns per 1408-byte datagram (ratio to sendmmsg)\n");
  for (const auto& c : contestants) {
    std::printf("  %s %.0f (%.2fx)\n", c.name.c_str(), c.median() * 1000 / 132,
                contestants[1].median() / c.median());
  }
}

void bench_whole_path(const Sink& sink) {
  std::printf(
      "\nWhole path on loopback, CPU us per frame, 20 %% parity, segments made by the kernel\n");
  for (const std::size_t size : {std::size_t{150'000}, std::size_t{1'100'000}}) {
    const Bytes picture = pattern(size);
    for (const bool sealed : {false, true}) {
      CommonPath common(sink, sealed);
      OwnPath own(sink, sealed);
      std::vector<Contestant> contestants = {
          {"common", [&] { common.send(picture); }},
          {"own", [&] { own.send(picture); }},
          {"own until the first send", [&] { own.send(picture, true); }}};
      measure(contestants, 101, 1);
      std::printf("  %7zu bytes, %s:", size, sealed ? "sealed" : "plain ");
      for (const auto& c : contestants) {
        std::printf("  %s %.1f (p99 %.1f)", c.name.c_str(), c.median(), c.at(0.99));
      }
      std::printf("  ratio %.2fx\n", contestants[0].median() / contestants[1].median());
    }
  }
}

}  // namespace

}  // namespace earthshine::bench

int main() {
  using namespace earthshine;
  using namespace earthshine::bench;
  std::printf("kernel %s, segmentation offload %s\n", parity_kernel().name,
              segmentation_works() ? "works" : "not used");
  bench_parity();
  bench_sealing();
  const Sink sink;
  bench_sending(sink);
  bench_whole_path(sink);
#ifdef EARTHSHINE_BENCH_ISAL
  bench_isal();
#endif
  return 0;
}
