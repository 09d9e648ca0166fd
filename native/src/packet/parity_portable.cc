#include "packet/galois_field.h"
#include "packet/parity_tiles.h"

namespace earthshine {

void parity_portable(const ParityJob& job) {
  for (std::size_t j = 0; j < job.parity; ++j) {
    std::uint8_t* target = job.target + j * job.target_stride;
    for (std::size_t i = 0; i < job.data; ++i) {
      const auto& products =
          galois::kNibbleProducts[job.coefficients[i * job.coefficient_stride + j]];
      const std::uint8_t* source = job.source + i * job.source_stride;
      for (std::size_t b = 0; b < job.length; ++b) {
        const auto product =
            static_cast<std::uint8_t>(products.low[source[b] & 15] ^ products.high[source[b] >> 4]);
        target[b] = i == 0 ? product : static_cast<std::uint8_t>(target[b] ^ product);
      }
    }
  }
}

}  // namespace earthshine
