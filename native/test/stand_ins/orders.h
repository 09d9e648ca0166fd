#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

namespace earthshine::stand_in {

/// What a stand-in of a driver's library is to do, from the environment: words and numbers,
/// "crash=5,no-derive". Without the variable the stand-in refuses to start, as a driver does where
/// its GPU is missing.
class Orders {
 public:
  explicit Orders(const char* variable) {
    const char* text = std::getenv(variable);
    present_ = text != nullptr;
    text_ = present_ ? text : "";
  }

  [[nodiscard]] bool present() const { return present_; }
  [[nodiscard]] bool has(std::string_view word) const { return find(word).data() != nullptr; }
  /// 0 when it is not there.
  [[nodiscard]] int number(std::string_view word) const {
    const std::string_view found = find(word);
    if (found.size() <= word.size() || found[word.size()] != '=') return 0;
    return std::atoi(std::string(found.substr(word.size() + 1)).c_str());
  }

 private:
  [[nodiscard]] std::string_view find(std::string_view word) const {
    std::string_view rest = text_;
    while (!rest.empty()) {
      const std::string_view item = rest.substr(0, rest.find(','));
      if (item.substr(0, item.find('=')) == word) return item;
      rest.remove_prefix(item.size() == rest.size() ? item.size() : item.size() + 1);
    }
    return {};
  }

  bool present_ = false;
  std::string text_;
};

}  // namespace earthshine::stand_in
