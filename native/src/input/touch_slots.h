#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace earthshine {

/// Which slot of the kernel's multi-touch protocol (type B) a client's contact has. Contacts beyond
/// the slots are refused.
class TouchSlots {
 public:
  static constexpr std::size_t kCount = 16;

  [[nodiscard]] std::optional<int> find(std::uint32_t pointer_id) const {
    for (std::size_t slot = 0; slot < kCount; ++slot) {
      if (contacts_[slot] == pointer_id) return static_cast<int>(slot);
    }
    return std::nullopt;
  }

  /// The lowest free slot.
  std::optional<int> take(std::uint32_t pointer_id) {
    for (std::size_t slot = 0; slot < kCount; ++slot) {
      if (contacts_[slot]) continue;
      contacts_[slot] = pointer_id;
      ++held_;
      return static_cast<int>(slot);
    }
    return std::nullopt;
  }

  void release(int slot) {
    auto& contact = contacts_[static_cast<std::size_t>(slot)];
    if (contact) --held_;
    contact.reset();
  }

  [[nodiscard]] bool taken(int slot) const {
    return contacts_[static_cast<std::size_t>(slot)].has_value();
  }
  [[nodiscard]] std::size_t held() const { return held_; }

 private:
  std::array<std::optional<std::uint32_t>, kCount> contacts_{};
  std::size_t held_ = 0;
};

}  // namespace earthshine
