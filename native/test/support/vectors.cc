#include "support/vectors.h"

namespace earthshine::vectors {

std::filesystem::path checkout() {
  return EARTHSHINE_CHECKOUT;
}

}  // namespace earthshine::vectors
