#include "net/dropping_transport.h"

#include <utility>

namespace earthshine {

DroppingTransport::DroppingTransport(std::shared_ptr<Transport> next,
                                     const ImpairmentSettings& settings)
    : next_(std::move(next)),
      impairment_({.drop = settings.drop, .burst = settings.burst, .seed = settings.seed}) {}

void DroppingTransport::send_equal(const std::uint8_t* first, std::size_t size, std::size_t count) {
  std::size_t run = 0;
  for (std::size_t at = 0; at <= count; ++at) {
    const bool dropped = at == count || impairment_.next().dropped;
    if (!dropped) continue;
    if (at > run) next_->send_equal(first + run * size, size, at - run);
    if (at < count) ++injected_;
    run = at + 1;
  }
  counts_ = next_->counts();
  counts_.injected += injected_;
}

}  // namespace earthshine
