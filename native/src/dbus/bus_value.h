#pragma once

#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace earthshine {

/// A descriptor that came in a message. Closed with its last copy, unless somebody took it.
class BusDescriptor {
 public:
  explicit BusDescriptor(int descriptor) : held_(std::make_shared<Held>(descriptor)) {}
  /// The caller closes it. -1 the second time.
  int take() { return std::exchange(held_->descriptor, -1); }
  [[nodiscard]] int get() const { return held_->descriptor; }

 private:
  struct Held {
    explicit Held(int number) : descriptor(number) {}
    ~Held() {
      if (descriptor >= 0) ::close(descriptor);
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    int descriptor;
  };
  std::shared_ptr<Held> held_;
};

struct BusValue;
struct BusEntry;

/// An array or a struct.
using BusList = std::vector<BusValue>;
/// a{..}: entries in their order.
using BusDictionary = std::vector<BusEntry>;

struct BusVariant {
  std::string signature;
  std::shared_ptr<BusValue> value;
};

/// A value of D-Bus. Numbers of every width are doubles: none that a desktop sends needs more than
/// 53 bits.
struct BusValue {
  std::variant<bool, double, std::string, BusDescriptor, BusList, BusDictionary, BusVariant>
      content;
};

struct BusEntry {
  BusValue key, value;
};

}  // namespace earthshine
