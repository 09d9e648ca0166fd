#pragma once

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

#include "measure.h"
#include "net/batch_sender.h"
#include "net/media_socket.h"
#include "net/segmentation_check.h"
#include "packet/galois_field.h"
#include "packet/parity_kernel.h"
#include "packet/video_frame.h"
#include "packet/video_sealer.h"

namespace earthshine::bench {

constexpr std::array<std::uint8_t, 16> kKey{1, 2, 3, 4, 5, 6, 7, 8};

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

}  // namespace earthshine::bench
