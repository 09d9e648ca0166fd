#include "paths.h"

#include <malloc.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#ifdef EARTHSHINE_BENCH_ISAL
#include <isa-l/erasure_code.h>
#endif

#include "net/udp_transport.h"
#include "packet/galois_field.h"

namespace earthshine::bench {

bool has_isal() {
#ifdef EARTHSHINE_BENCH_ISAL
  return true;
#else
  return false;
#endif
}

namespace {

/// Segments per send of the leading host: 65536 / 1500.
constexpr std::size_t kPerSend = 43;

FrameShape shape_of(bool sealed) {
  return {.packet_size = sealed ? 1360U : 1392U};
}

}  // namespace

CommonPath::CommonPath(const Wire& wire, bool sealed, StandIn stand_in)
    : wire_(wire), shape_(shape_of(sealed)), descriptor_(wire.unconnected()) {
  // The allocator of a host that has run for a while keeps what a frame gives back; without this
  // it would ask the kernel for fresh pages with every frame.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  if (sealed) cipher_ = SystemCipher::open(kKey);
  const int size = 1 << 20;
  setsockopt(descriptor_, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  if (stand_in == StandIn::kIsaL && has_isal()) return;
  for (const ParityKernel& kernel : supported_parity_kernels()) {
    kernel_ = &kernel;
    if (std::strcmp(kernel.name, "avx2") == 0) break;
  }
}

CommonPath::~CommonPath() {
  ::close(descriptor_);
}

void CommonPath::send(const Bytes& picture) {
  const FramePlan plan = *plan_frame(picture.size(), shape_);
  Bytes stream(8);
  stream.insert(stream.end(), picture.begin(), picture.end());
  for (std::size_t b = 0; b < plan.block_count; ++b) send_block(plan.blocks[b], stream);
}

void CommonPath::send_block(const BlockPlan& block, const Bytes& stream) {
  const std::size_t shard = shape_.shard_bytes(), payload = shape_.payload_bytes();
  const std::size_t datagram = shard + (cipher_ ? 32 : 0);
  const std::size_t count = block.data + block.parity;
  Bytes shards(count * shard);
  for (std::size_t i = 0; i < block.data; ++i) {
    const std::size_t from = (block.first_data + i) * payload;
    std::memcpy(&shards[i * shard + kVideoHeaderBytes], &stream[from],
                std::min(payload, stream.size() - from));
  }
  compute_parity(block, shards);
  Bytes wire(count * datagram);
  for (std::size_t i = 0; i < count; ++i) {
    if (cipher_) {
      cipher_->seal(counter_++, 1, {&shards[i * shard], shard}, &wire[i * datagram]);
    } else {
      std::memcpy(&wire[i * datagram], &shards[i * shard], shard);
    }
  }
  for (std::size_t i = 0; i < count; i += kPerSend) {
    send_segmented(&wire[i * datagram], datagram, std::min(kPerSend, count - i));
  }
}

void CommonPath::compute_parity(const BlockPlan& block, Bytes& shards) {
  const std::size_t shard = shape_.shard_bytes();
  if (kernel_) {
    Bytes columns(block.data * block.parity);
    for (std::size_t i = 0; i < block.data; ++i) {
      for (std::size_t j = 0; j < block.parity; ++j) {
        columns[i * block.parity + j] = galois::kInverse[(block.parity + i) ^ j];
      }
    }
    kernel_->run({columns.data(), block.parity, block.data, block.parity, shards.data(), shard,
                  &shards[block.data * shard], shard, shard});
    return;
  }
#ifdef EARTHSHINE_BENCH_ISAL
  Bytes matrix(block.data * block.parity), tables(32 * block.data * block.parity);
  for (std::size_t j = 0; j < block.parity; ++j) {
    for (std::size_t i = 0; i < block.data; ++i) {
      matrix[j * block.data + i] = galois::kInverse[(block.parity + i) ^ j];
    }
  }
  const int k = static_cast<int>(block.data), m = static_cast<int>(block.parity);
  ec_init_tables(k, m, matrix.data(), tables.data());
  std::vector<std::uint8_t*> sources, targets;
  for (std::size_t i = 0; i < block.data; ++i) sources.push_back(&shards[i * shard]);
  for (std::size_t j = 0; j < block.parity; ++j)
    targets.push_back(&shards[(block.data + j) * shard]);
  ec_encode_data(static_cast<int>(shard), k, m, tables.data(), sources.data(), targets.data());
  // It leaves wide registers dirty, which would slow all that follows, on either path.
  asm volatile("vzeroupper" ::: "memory");
#endif
}

void CommonPath::send_segmented(std::uint8_t* first, std::size_t size, std::size_t count) {
  sockaddr_in to = wire_.peer();
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

OwnPath::OwnPath(std::shared_ptr<Transport> transport, bool sealed)
    : shape_(shape_of(sealed)),
      transport_(std::move(transport)),
      frame_(shape_.packet_size, sealed),
      sender_({.packet_size = shape_.packet_size,
               .key = sealed ? std::optional(kKey) : std::nullopt,
               .pacing = PacingMode::kOff}) {}

void OwnPath::send(const Bytes& picture) {
  if (!frame_.begin(picture.size(), shape_)) return;
  picture_ = &picture;
  placed_ = 0;
  sender_.begin(frame_, 0);
  const FrameLabel label{.frame_index = 1, .first_packet = static_cast<std::uint32_t>(packet_)};
  sender_.send(frame_, label, packet_, *this, *transport_);
  packet_ += frame_.plan().shards;
}

void OwnPath::wait_for(std::size_t shards) {
  while (placed_ < shards) {
    const std::size_t count = std::min(kPlaceStep, frame_.plan().data - placed_);
    frame_.place(*picture_, placed_, count);
    placed_ += count;
  }
}

std::shared_ptr<Transport> transport_to(const Wire& wire) {
  return std::make_shared<UdpTransport>(wire.connected(), BatchSender::Method::kSegmentation);
}

}  // namespace earthshine::bench
