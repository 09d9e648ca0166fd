#include "net/batch_sender.h"

#include <netinet/in.h>
#include <netinet/udp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

namespace earthshine {

namespace {

/// Segments that the kernel takes in one send (UDP_MAX_SEGMENTS before Linux 6.9).
constexpr std::size_t kMaxSegments = 64;

bool buffer_full(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == ENOMEM;
}

/// Errors by which kernels and drivers refuse segmentation: unknown option, a segment larger than
/// the path's MTU, no checksum offload.
bool segmentation_refused(int error) {
  // The kernel's own ENOTSUPP has no name here, but some drivers let it out.
  constexpr int kNotSupported = 524;
  return error == EINVAL || error == EIO || error == EMSGSIZE || error == ENOPROTOOPT ||
         error == EOPNOTSUPP || error == kNotSupported;
}

}  // namespace

const char* BatchSender::method_name() const {
  switch (method_) {
    case Method::kSegmentation:
      return "gso";
    case Method::kBatch:
      return "sendmmsg";
    default:
      return "send";
  }
}

void BatchSender::add(const std::uint8_t* bytes, std::size_t size, std::size_t packets) {
  iovec& vector = vectors_[pending_];
  // The kernel only reads; iovec has no const form.
  vector.iov_base = const_cast<std::uint8_t*>(bytes);
  vector.iov_len = size;
  mmsghdr& message = messages_[pending_];
  message = {};
  message.msg_hdr.msg_iov = &vector;
  message.msg_hdr.msg_iovlen = 1;
  packets_[pending_] = packets;
  ++pending_;
}

void BatchSender::segment_by(std::size_t message, std::size_t size) {
  msghdr& header = messages_[message].msg_hdr;
  auto& control = controls_[message].bytes;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  cmsghdr* entry = CMSG_FIRSTHDR(&header);
  entry->cmsg_level = IPPROTO_UDP;
  entry->cmsg_type = UDP_SEGMENT;
  entry->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
  const auto segment = static_cast<std::uint16_t>(size);
  std::memcpy(CMSG_DATA(entry), &segment, sizeof segment);
}

void BatchSender::count_sent(std::size_t message) {
  counts_.packets += packets_[message];
  counts_.bytes += vectors_[message].iov_len;
}

std::uint64_t BatchSender::packets_from(std::size_t message) const {
  std::uint64_t packets = 0;
  for (; message < pending_; ++message) packets += packets_[message];
  return packets;
}

int BatchSender::transmit(const MediaSocket& socket, std::size_t from) {
  ++counts_.calls;
  if (method_ != Method::kSingle) {
    const int sent = sendmmsg(socket.descriptor(), &messages_[from],
                              static_cast<unsigned>(pending_ - from), MSG_NOSIGNAL);
    if (sent >= 0 || errno != ENOSYS) return sent;
    method_ = Method::kSingle;
  }
  return sendmsg(socket.descriptor(), &messages_[from].msg_hdr, MSG_NOSIGNAL) < 0 ? -1 : 1;
}

std::size_t BatchSender::flush(const MediaSocket& socket) {
  std::size_t done = 0;
  bool refused = false;
  while (done < pending_) {
    const int sent = transmit(socket, done);
    if (sent > 0) {
      for (int i = 0; i < sent; ++i) count_sent(done++);
      refused = false;
      continue;
    }
    const int error = errno;
    if (error == EINTR) continue;
    if (packets_[done] > 1 && segmentation_refused(error)) {
      method_ = Method::kBatch;
      break;
    }
    if (buffer_full(error)) {
      // The rest of the batch would meet the same full buffer, and waiting would stall the stream.
      counts_.drops += packets_from(done);
      done = pending_;
    } else if (error == ECONNREFUSED && !refused) {
      // The answer to an earlier packet, reported now; this one has not been tried yet.
      ++counts_.errors;
      refused = true;
    } else {
      counts_.errors += packets_[done++];
      refused = false;
    }
  }
  pending_ = 0;
  return done;
}

void BatchSender::send_equal(const MediaSocket& socket, const std::uint8_t* first, std::size_t size,
                             std::size_t count) {
  std::size_t sent = 0;
  while (sent < count) {
    const std::size_t start = sent;
    const bool segment = method_ == Method::kSegmentation && count - sent > 1;
    const std::size_t most = segment ? std::min(kMaxSegments, socket.max_payload() / size) : 1;
    for (; sent < count && pending_ < kBatch;) {
      const std::size_t packets = std::min(most, count - sent);
      add(first + sent * size, packets * size, packets);
      if (packets > 1) segment_by(pending_ - 1, size);
      sent += packets;
    }
    const std::size_t messages = pending_;
    const std::size_t done = flush(socket);
    // What a refusal of segmentation left over is sent again by the next method.
    if (done < messages) sent = start + done * most;
  }
}

void BatchSender::send_each(const MediaSocket& socket,
                            std::span<const std::span<const std::uint8_t>> datagrams) {
  for (const auto& datagram : datagrams) {
    add(datagram.data(), datagram.size(), 1);
    if (pending_ == kBatch) flush(socket);
  }
  flush(socket);
}

}  // namespace earthshine
