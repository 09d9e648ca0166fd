// What a frame costs between the encoder's output and the kernel: parity, sealing, sending, and the
// whole way against the common one (a buffer per frame, coefficients per block, an unconnected
// socket, everything packetized before the first send). All figures are medians of interleaved
// rounds in one run; compare ratios, not microseconds of different machines.

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#ifdef EARTHSHINE_BENCH_ISAL
#include <isa-l/erasure_code.h>
#endif

#include "net/batch_sender.h"
#include "net/media_socket.h"
#include "net/segmentation_check.h"
#include "packet/galois_field.h"
#include "packet/parity_kernel.h"
#include "packet/reed_solomon.h"
#include "packet/video_frame.h"
#include "packet/video_sealer.h"

namespace earthshine {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::array<std::uint8_t, 16> kKey{1, 2, 3, 4, 5, 6, 7, 8};

/// Microseconds of this thread's CPU time.
double cpu_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

/// One thing to measure; `rounds` gets the microseconds of one run.
struct Contestant {
  std::string name;
  std::function<void()> run;
  std::vector<double> rounds{};

  [[nodiscard]] double at(double share) const {
    std::vector<double> sorted = rounds;
    std::sort(sorted.begin(), sorted.end());
    return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * sorted.size()))];
  }
  [[nodiscard]] double median() const { return at(0.5); }
};

/// Runs all contestants in turn, again and again, so that a disturbance meets each of them.
void measure(std::vector<Contestant>& contestants, int rounds, int repeat) {
  for (auto& contestant : contestants) contestant.run();
  for (int round = 0; round < rounds; ++round) {
    for (auto& contestant : contestants) {
      const double start = cpu_time();
      for (int i = 0; i < repeat; ++i) contestant.run();
      contestant.rounds.push_back((cpu_time() - start) / repeat);
    }
  }
}

Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  std::uint32_t state = 1;
  for (auto& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
  return bytes;
}

/// A loopback address whose datagrams the kernel drops at the receiving socket, after segmenting
/// and delivering them like any other.
class Sink {
 public:
  Sink() : descriptor_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sock_filter drop_all[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
    const sock_fprog program{1, drop_all};
    setsockopt(descriptor_, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    // SAFETY: sockaddr_in is passed as the sockaddr that its family says it is.
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    bind(descriptor_, generic, length);
    getsockname(descriptor_, generic, &length);
  }
  ~Sink() { ::close(descriptor_); }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  [[nodiscard]] std::shared_ptr<MediaSocket> connected() const {
    return MediaSocket::open({"127.0.0.1", ntohs(address.sin_port), "127.0.0.1", 0}, kVideoMarking,
                             false, 8 << 20)
        .value();
  }

  sockaddr_in address{};

 private:
  int descriptor_;
};

void bench_parity() {
  std::printf("\nReed-Solomon, us per block of 1408-byte shards (ratio to the AVX2 kernel)\n");
  const auto kernels = supported_parity_kernels();
  for (const auto& [data, parity] : std::initializer_list<std::pair<std::size_t, std::size_t>>{
           {20, 4}, {50, 10}, {110, 22}, {200, 40}, {128, 127}}) {
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
#ifdef EARTHSHINE_BENCH_ISAL
    Bytes matrix(data * parity), tables(32 * data * parity);
    for (std::size_t i = 0; i < data; ++i) {
      for (std::size_t j = 0; j < parity; ++j) matrix[j * data + i] = columns[i * parity + j];
    }
    const int k = static_cast<int>(data), m = static_cast<int>(parity);
    ec_init_tables(k, m, matrix.data(), tables.data());
    std::vector<std::uint8_t*> sources, targets;
    for (std::size_t i = 0; i < data; ++i) sources.push_back(arena.data() + i * 1408);
    for (std::size_t j = 0; j < parity; ++j) targets.push_back(arena.data() + (data + j) * 1408);
    contestants.push_back(
        {"isa-l",
         [&] { ec_encode_data(1408, k, m, tables.data(), sources.data(), targets.data()); }});
#endif
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

/// The common way: one step after the other over the whole frame, everything made anew.
class CommonPath {
 public:
  CommonPath(const Sink& sink, bool sealed) : sink_(sink), shape_{sealed ? 1360U : 1392U} {
    if (sealed) sealer_ = std::make_unique<VideoSealer>(kKey);
    descriptor_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    for (const ParityKernel& kernel : supported_parity_kernels()) {
      kernel_ = &kernel;
      if (std::strcmp(kernel.name, "avx2") == 0) break;
    }
  }
  ~CommonPath() { ::close(descriptor_); }
  CommonPath(const CommonPath&) = delete;
  CommonPath& operator=(const CommonPath&) = delete;

  void send(const Bytes& picture) {
    const FramePlan plan = *plan_frame(picture.size(), shape_);
    Bytes stream(8);
    stream.insert(stream.end(), picture.begin(), picture.end());
    for (std::size_t b = 0; b < plan.block_count; ++b) send_block(plan.blocks[b], stream);
  }

 private:
  void send_block(const BlockPlan& block, const Bytes& stream) {
    const std::size_t shard = shape_.shard_bytes(), payload = shape_.payload_bytes();
    const std::size_t prefix = sealer_ ? kSealBytes : 0, datagram = shard + prefix;
    const std::size_t count = block.data + block.parity;
    Bytes shards(count * shard);
    for (std::size_t i = 0; i < block.data; ++i) {
      const std::size_t from = (block.first_data + i) * payload;
      std::memcpy(&shards[i * shard + kVideoHeaderBytes], &stream[from],
                  std::min(payload, stream.size() - from));
    }
    Bytes columns(block.data * block.parity);
    for (std::size_t i = 0; i < block.data; ++i) {
      for (std::size_t j = 0; j < block.parity; ++j) {
        columns[i * block.parity + j] = galois::kInverse[(block.parity + i) ^ j];
      }
    }
    kernel_->run({columns.data(), block.parity, block.data, block.parity, shards.data(), shard,
                  &shards[block.data * shard], shard, shard});
    Bytes wire(count * datagram);
    for (std::size_t i = 0; i < count; ++i) {
      if (sealer_) {
        (void)sealer_->seal(counter_++, 1, {&shards[i * shard], shard}, &wire[i * datagram]);
      } else {
        std::memcpy(&wire[i * datagram], &shards[i * shard], shard);
      }
    }
    for (std::size_t i = 0; i < count; i += kPerSend) {
      send_segmented(&wire[i * datagram], datagram, std::min(kPerSend, count - i));
    }
  }

  void send_segmented(std::uint8_t* first, std::size_t size, std::size_t count) {
    sockaddr_in to = sink_.address;
    iovec vector{first, size * count};
    alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(2)> control{};
    msghdr message{};
    message.msg_name = &to;
    message.msg_namelen = sizeof to;
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    if (count > 1) {
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      cmsghdr* entry = CMSG_FIRSTHDR(&message);
      entry->cmsg_level = IPPROTO_UDP;
      entry->cmsg_type = UDP_SEGMENT;
      entry->cmsg_len = CMSG_LEN(2);
      const auto segment = static_cast<std::uint16_t>(size);
      std::memcpy(CMSG_DATA(entry), &segment, 2);
    }
    sendmsg(descriptor_, &message, 0);
  }

  /// Segments per send of the leading host: 65536 / 1500.
  static constexpr std::size_t kPerSend = 43;

  const Sink& sink_;
  FrameShape shape_;
  std::unique_ptr<VideoSealer> sealer_;
  const ParityKernel* kernel_ = nullptr;
  std::uint64_t counter_ = 0;
  int descriptor_;
};

/// This host's way, as VideoStream goes it, without its thread and its pacing.
class OwnPath {
 public:
  OwnPath(const Sink& sink, bool sealed)
      : shape_{sealed ? 1360U : 1392U},
        socket_(sink.connected()),
        frame_(shape_.packet_size, sealed),
        sender_(segmentation_works() ? BatchSender::Method::kSegmentation
                                     : BatchSender::Method::kBatch) {
    if (sealed) sealer_ = std::make_unique<VideoSealer>(kKey);
  }

  /// With `first_only` it stops where the first packets would be handed to the kernel.
  void send(const Bytes& picture, bool first_only = false) {
    if (!frame_.begin(picture.size(), shape_)) return;
    const FramePlan& plan = frame_.plan();
    frame_.place(picture, 0, std::min(kRun, plan.data));
    frame_.label({.frame_index = 1});
    for (std::size_t b = 0; b < plan.block_count; ++b) {
      const BlockPlan& block = plan.blocks[b];
      for (std::size_t at = 0; at < block.data; at += kRun) {
        const std::size_t count = std::min(kRun, block.data - at);
        if (at + b > 0) frame_.place(picture, block.first_data + at, count);
        frame_.finish_data(b, at, count);
        send_run(block.first_shard + at, count, first_only);
        if (first_only) return;
      }
      frame_.finish_parity(b);
      for (std::size_t at = 0; at < block.parity; at += kRun) {
        send_run(block.first_shard + block.data + at, std::min(kRun, block.parity - at), false);
      }
    }
  }

 private:
  void send_run(std::size_t first, std::size_t count, bool stop) {
    if (!sealer_) {
      if (!stop) sender_.send_equal(*socket_, frame_.shard(first), frame_.shard_bytes(), count);
      return;
    }
    const std::size_t size = frame_.shard_bytes() + kSealBytes;
    for (std::size_t i = 0; i < count; ++i) {
      (void)sealer_->seal(counter_++, 1, {frame_.shard(first + i), frame_.shard_bytes()},
                          sealed_.data() + i * size);
    }
    if (!stop) sender_.send_equal(*socket_, sealed_.data(), size, count);
  }

  static constexpr std::size_t kRun = 46;

  FrameShape shape_;
  std::shared_ptr<MediaSocket> socket_;
  VideoFrame frame_;
  Arena sealed_{kRun * 1500};
  BatchSender sender_;
  std::unique_ptr<VideoSealer> sealer_;
  std::uint64_t counter_ = 0;
};

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

}  // namespace earthshine

int main() {
  using namespace earthshine;
  std::printf("kernel %s, segmentation offload %s\n", parity_kernel().name,
              segmentation_works() ? "works" : "not used");
  bench_parity();
  bench_sealing();
  const Sink sink;
  bench_sending(sink);
  bench_whole_path(sink);
  return 0;
}
