#pragma once

#include <string>
#include <utility>
#include <variant>

namespace earthshine {

/// Why something could not be done, in a sentence for the owner that names the remedy where there
/// is one.
struct Fault {
  std::string message;
};

/// A value or a Fault. The native core throws nothing across a module's edge.
template <typename T>
class Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Fault fault) : state_(std::move(fault)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }
  T& value() { return std::get<T>(state_); }
  const T& value() const { return std::get<T>(state_); }
  [[nodiscard]] const Fault& fault() const { return std::get<Fault>(state_); }

 private:
  std::variant<T, Fault> state_;
};

}  // namespace earthshine
