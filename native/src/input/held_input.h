#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace earthshine {

/// What XTest holds down on an X server, and the characters on borrowed key codes, in a page of
/// memory that outlives a process that is killed: an X server goes on holding what a client that is
/// gone has pressed. A file in the user's runtime folder, which lies in memory: no key costs a
/// write to a disk. Where there is no such folder nothing is kept.
class HeldInput {
 public:
  /// @param display as it is connected to
  static HeldInput begin(const std::string& display);
  HeldInput(HeldInput&& other) noexcept
      : page_(std::exchange(other.page_, nullptr)),
        descriptor_(std::exchange(other.descriptor_, -1)),
        path_(std::move(other.path_)) {}
  HeldInput& operator=(HeldInput&&) = delete;
  ~HeldInput() { leave(); }

  void key(std::uint8_t keycode, bool down);
  void button(std::uint8_t button, bool down);
  /// @param keysym 0: the key code has been given back
  void borrowed(std::uint8_t keycode, std::uint32_t keysym);
  /// Everything was released: the page goes. May be called twice.
  void end();

 private:
  struct Page;
  friend class LeftPage;
  HeldInput() = default;
  void leave();

  Page* page_ = nullptr;
  int descriptor_ = -1;
  std::string path_;
};

/// The page of a process that is gone. It stays until done() is called, and is nobody else's
/// meanwhile.
class LeftPage {
 public:
  struct Borrowed {
    std::uint8_t keycode;
    std::uint32_t keysym;
  };

  /// All that there are now.
  static std::vector<LeftPage> find();
  LeftPage(LeftPage&& other) noexcept
      : display(std::move(other.display)),
        keys(std::move(other.keys)),
        buttons(std::move(other.buttons)),
        borrowed(std::move(other.borrowed)),
        descriptor_(std::exchange(other.descriptor_, -1)),
        path_(std::move(other.path_)) {}
  LeftPage& operator=(LeftPage&&) = delete;
  ~LeftPage();

  /// What it told of has been released, or its X server is gone.
  void done();

  std::string display;
  std::vector<std::uint8_t> keys, buttons;
  std::vector<Borrowed> borrowed;

 private:
  LeftPage() = default;

  int descriptor_ = -1;
  std::string path_;
};

}  // namespace earthshine
