#pragma once

#include <memory>

#include "net/batch_sender.h"
#include "net/transport.h"

namespace earthshine {

/// A connected UDP socket as a Transport.
class UdpTransport : public Transport {
 public:
  UdpTransport(std::shared_ptr<MediaSocket> socket, BatchSender::Method method)
      : socket_(std::move(socket)), sender_(method) {}

  void send_equal(const std::uint8_t* first, std::size_t size, std::size_t count) override {
    sender_.send_equal(*socket_, first, size, count);
  }
  void use_batches() override { sender_.use_batches(); }
  [[nodiscard]] const char* method_name() const override { return sender_.method_name(); }
  [[nodiscard]] const SendCounts& counts() const override { return sender_.counts(); }

 private:
  std::shared_ptr<MediaSocket> socket_;
  BatchSender sender_;
};

}  // namespace earthshine
