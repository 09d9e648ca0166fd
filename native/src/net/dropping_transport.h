#pragma once

#include <memory>

#include "net/impairment.h"
#include "net/transport.h"

namespace earthshine {

/// Loses packets on purpose before another transport gets them, for field tests (`--drop`). Of the
/// settings only `drop`, `burst` and `seed` count here: what leaves keeps its order.
class DroppingTransport : public Transport {
 public:
  DroppingTransport(std::shared_ptr<Transport> next, const ImpairmentSettings& settings);

  void send_equal(const std::uint8_t* first, std::size_t size, std::size_t count) override;
  void use_batches() override { next_->use_batches(); }
  [[nodiscard]] const char* method_name() const override { return next_->method_name(); }
  [[nodiscard]] const SendCounts& counts() const override { return counts_; }

 private:
  std::shared_ptr<Transport> next_;
  Impairment impairment_;
  std::uint64_t injected_ = 0;
  /// the other transport's, with the injected drops
  SendCounts counts_;
};

}  // namespace earthshine
