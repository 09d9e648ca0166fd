#include "input/held_input.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

namespace earthshine {

namespace {

constexpr std::uint64_t kMagic = 0x3164'6C65'685F'7365;  // "es_held1"
constexpr int kCodes = 256;
constexpr std::string_view kPrefix = "held-input-";

/// The folder of such pages, this user's alone; empty: there is none.
std::string folder() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  std::string path = runtime != nullptr && *runtime == '/'
                         ? std::string(runtime) + "/earthshine"
                         : "/dev/shm/earthshine-" + std::to_string(geteuid());
  mkdir(path.c_str(), 0700);
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return {};
  // /dev/shm is everybody's.
  if (status.st_uid != geteuid() || (status.st_mode & 0077) != 0) return {};
  return path;
}

}  // namespace

struct HeldInput::Page {
  std::uint64_t magic;
  char display[256];
  std::uint8_t keys[kCodes], buttons[kCodes];
  std::uint32_t keysyms[kCodes];
};

HeldInput HeldInput::begin(const std::string& display) {
  static std::atomic<unsigned> count = 0;
  HeldInput held;
  const std::string directory = folder();
  if (directory.empty() || display.size() >= sizeof Page::display) return held;
  // Nameless until it is whole and locked: who finds it unlocked takes its process for gone.
  const int descriptor = open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor < 0) return held;
  const std::string path = directory + "/" + std::string(kPrefix) + std::to_string(getpid()) + "-" +
                           std::to_string(++count);
  void* memory = MAP_FAILED;
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0 && ftruncate(descriptor, sizeof(Page)) == 0) {
    memory = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  }
  if (memory == MAP_FAILED) {
    close(descriptor);
    return held;
  }
  held.page_ = static_cast<Page*>(memory);
  held.descriptor_ = descriptor;
  held.page_->magic = kMagic;
  std::memcpy(held.page_->display, display.c_str(), display.size() + 1);
  const std::string nameless = "/proc/self/fd/" + std::to_string(descriptor);
  unlink(path.c_str());  // of a process that had the number before, and whose page was not whole
  if (linkat(AT_FDCWD, nameless.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) {
    held.path_ = path;
  }
  return held;
}

void HeldInput::key(std::uint8_t keycode, bool down) {
  if (page_ != nullptr) page_->keys[keycode] = down ? 1 : 0;
}

void HeldInput::button(std::uint8_t button, bool down) {
  if (page_ != nullptr) page_->buttons[button] = down ? 1 : 0;
}

void HeldInput::borrowed(std::uint8_t keycode, std::uint32_t keysym) {
  if (page_ != nullptr) page_->keysyms[keycode] = keysym;
}

void HeldInput::end() {
  if (!path_.empty()) unlink(path_.c_str());
  path_.clear();
  leave();
}

void HeldInput::leave() {
  if (page_ != nullptr) munmap(page_, sizeof(Page));
  page_ = nullptr;
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
}

std::vector<LeftPage> LeftPage::find() {
  std::vector<LeftPage> result;
  const std::string directory = folder();
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(
      directory.empty() ? nullptr : opendir(directory.c_str()), closedir);
  while (const dirent* entry = entries ? readdir(entries.get()) : nullptr) {
    if (!std::string_view(entry->d_name).starts_with(kPrefix)) continue;
    LeftPage left;
    left.path_ = directory + "/" + entry->d_name;
    left.descriptor_ = open(left.path_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    // Its process lives, or another one is at it already.
    if (left.descriptor_ < 0 || flock(left.descriptor_, LOCK_EX | LOCK_NB) != 0) continue;
    HeldInput::Page page{};
    const bool whole = pread(left.descriptor_, &page, sizeof page, 0) == sizeof page &&
                       page.magic == kMagic &&
                       std::memchr(page.display, 0, sizeof page.display) != nullptr;
    if (!whole) {
      left.done();
      continue;
    }
    left.display = page.display;
    for (int code = 0; code < kCodes; ++code) {
      const auto which = static_cast<std::uint8_t>(code);
      if (page.keys[code] != 0) left.keys.push_back(which);
      if (page.buttons[code] != 0) left.buttons.push_back(which);
      if (page.keysyms[code] != 0) left.borrowed.push_back({which, page.keysyms[code]});
    }
    result.push_back(std::move(left));
  }
  return result;
}

LeftPage::~LeftPage() {
  if (descriptor_ >= 0) close(descriptor_);
}

void LeftPage::done() {
  unlink(path_.c_str());
}

}  // namespace earthshine
