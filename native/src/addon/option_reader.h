#pragma once

#include <napi.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace earthshine::addon {

/// Reads one options object of the script side, which has validated it already; whatever is
/// missing, of another type or out of range is a TypeError that names the option.
class OptionReader {
 public:
  OptionReader(const Napi::Value& value, std::string name);

  [[nodiscard]] bool has(const char* key) const;
  [[nodiscard]] OptionReader object(const char* key) const;
  /// A whole number between the limits, both included.
  [[nodiscard]] std::int64_t integer(const char* key, std::int64_t least, std::int64_t most) const;
  /// Any number between the limits, both included.
  [[nodiscard]] double number(const char* key, double least, double most) const;
  [[nodiscard]] bool boolean(const char* key) const;
  [[nodiscard]] std::string string(const char* key) const;
  /// An array of them.
  [[nodiscard]] std::vector<std::string> strings(const char* key) const;
  /// A number between the limits, or nothing when the option is absent.
  [[nodiscard]] std::optional<double> optional_number(const char* key, double least,
                                                      double most) const;
  /// What one of the words stands for.
  template <typename Meaning>
  [[nodiscard]] Meaning choice(
      const char* key, std::initializer_list<std::pair<std::string_view, Meaning>> words) const {
    const std::string word = string(key);
    for (const auto& [name, meaning] : words) {
      if (name == word) return meaning;
    }
    refuse(key, "one of its known words");
  }
  /// 16 bytes, or nothing when the option is absent.
  [[nodiscard]] std::optional<std::array<std::uint8_t, 16>> key(const char* key) const;
  [[nodiscard]] Napi::Value value(const char* key) const { return object_.Get(key); }

  [[noreturn]] void refuse(const char* key, const char* expected) const;

 private:
  Napi::Object object_;
  std::string name_;
};

/// A string given as an argument.
std::string string_argument(const Napi::CallbackInfo& info, std::size_t index);

/// A whole number given as an argument.
std::int64_t integer_argument(const Napi::CallbackInfo& info, std::size_t index, std::int64_t least,
                              std::int64_t most);

}  // namespace earthshine::addon
