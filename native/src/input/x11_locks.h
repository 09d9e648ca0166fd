#pragma once

#include <xcb/xcb.h>

#include <cstdint>

namespace earthshine {

/// The modifiers of an X server that stay on by themselves (Caps Lock), through its XKEYBOARD
/// extension, which every server of today has.
class X11Locks {
 public:
  explicit X11Locks(xcb_connection_t* connection) : connection_(connection) {}

  /// Takes effect in order with the input that follows. Nothing where the server has no extension.
  /// @param modifiers bits of XCB_MOD_MASK_*
  void set(std::uint8_t modifiers, bool locked);
  /// From the first set() on the server tells this connection of no other layout any more:
  /// MappingNotify is for those that do not know the extension.
  [[nodiscard]] bool in_use() const { return extension_ == Extension::kThere; }

 private:
  bool usable();

  xcb_connection_t* connection_;
  enum class Extension { kNotAsked, kThere, kMissing } extension_ = Extension::kNotAsked;
};

}  // namespace earthshine
