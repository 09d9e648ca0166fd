#pragma once

namespace earthshine {

/// Whole notches out of high-resolution scroll values. The remainder is kept, so that slow
/// scrolling adds up, and forgotten when the direction changes (protocol 3 §3, scroll).
class Notches {
 public:
  /// @param amount 120 a notch
  /// @return whole notches, with the amount's sign
  int add(int amount) {
    if ((amount > 0 && remainder_ < 0) || (amount < 0 && remainder_ > 0)) remainder_ = 0;
    remainder_ += amount;
    const int whole = remainder_ / 120;
    remainder_ -= whole * 120;
    return whole;
  }

 private:
  int remainder_ = 0;
};

}  // namespace earthshine
