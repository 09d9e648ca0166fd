#include "capture/pipewire/inbox.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace earthshine {
namespace {

SharedBytes metadata(const spa_buffer& buffer, std::uint32_t type) {
  const spa_meta* meta = spa_buffer_find_meta(&buffer, type);
  if (meta == nullptr || meta->data == nullptr) return {};
  return {static_cast<const std::uint8_t*>(meta->data), meta->size};
}

}  // namespace

Result<bool> PipewireInbox::add(pw_buffer& buffer, const PipewireFormat& format) {
  if (buffer.buffer->n_datas == 0) return Fault{"A picture's buffer has no memory."};
  const spa_data& data = buffer.buffer->datas[0];
  if ((data.type != SPA_DATA_MemFd && data.type != SPA_DATA_DmaBuf) || data.fd < 0) {
    return Fault{"A picture's memory is of a kind that cannot be shared (" +
                 std::to_string(data.type) + ")."};
  }
  auto memory = SharedMapping::map(static_cast<int>(data.fd), data.mapoffset, data.maxsize,
                                   data.type == SPA_DATA_DmaBuf);
  if (!memory) return memory.fault();
  const std::lock_guard lock(mutex_);
  buffers_[&buffer] = {std::move(memory.value()), format};
  return true;
}

void PipewireInbox::remove(pw_buffer& buffer) {
  const std::lock_guard lock(mutex_);
  buffers_.erase(&buffer);
  for (Kept* kept : {&newest_, &held_}) {
    if (kept->buffer == &buffer) kept->buffer = nullptr;
  }
  const auto end = released_.begin() + static_cast<std::ptrdiff_t>(released_count_);
  released_count_ =
      static_cast<std::size_t>(std::remove(released_.begin(), end, &buffer) - released_.begin());
}

void PipewireInbox::remove_all() {
  const std::lock_guard lock(mutex_);
  buffers_.clear();
  newest_.buffer = held_.buffer = nullptr;
  released_count_ = 0;
}

void PipewireInbox::deliver(pw_stream* stream, pw_buffer& buffer, Nanoseconds arrived) {
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    const auto known = buffers_.find(&buffer);
    if (known != buffers_.end()) {
      const FrameHeader header = header_in(metadata(*buffer.buffer, SPA_META_Header), arrived);
      // PipeWire leaves pictures out where we are too slow, and says nothing of it.
      if (header.sequence != sequence_ + 1) damage_.add_everything();
      sequence_ = header.sequence;
      const bool moved = take_cursor(metadata(*buffer.buffer, SPA_META_Cursor));
      const bool painted = !header.corrupted && take_pixels(buffer, known->second, header.time);
      changed = moved || painted;
      if (!painted) release(&buffer);
      if (changed) {
        news_.changed = true;
        news_.latest = std::max(news_.latest, header.time);
      }
    } else {
      release(&buffer);
    }
    if (released_count_ > 0) {
      pw_stream_queue_buffer(stream, released_[0]);
      std::copy(released_.begin() + 1, released_.end(), released_.begin());
      --released_count_;
    }
  }
  if (changed) arrived_.set();
}

bool PipewireInbox::take_pixels(pw_buffer& buffer, const Buffer& known, Nanoseconds time) {
  spa_chunk told;
  std::memcpy(&told, buffer.buffer->datas[0].chunk, sizeof told);
  const auto whole = picture_in(known.memory->bytes(), told, known.format);
  if (!whole) return false;
  const Rectangle part =
      crop_in(metadata(*buffer.buffer, SPA_META_VideoCrop), whole->width, whole->height);
  if (part == part_) {
    damage_.add(damage_of_part(
        damage_in(metadata(*buffer.buffer, SPA_META_VideoDamage), whole->width, whole->height),
        part));
  } else {
    part_ = part;
    damage_.add_everything();
  }
  release(newest_.buffer);
  newest_ = {&buffer, known.memory, part_of(*whole, part), part};
  if (made_ != 0 && time > made_) news_.period = time - made_;
  made_ = time;
  return true;
}

bool PipewireInbox::take_cursor(SharedBytes cursor) {
  auto news = cursor_in(cursor);
  if (!news) return false;
  // Every picture tells of the cursor, mostly what is known.
  if (!news->image && news->visible == cursor_before_.visible && news->x == cursor_before_.x &&
      news->y == cursor_before_.y) {
    return false;
  }
  cursor_before_ = {news->visible, news->x, news->y, {}};
  if (!news->image && cursor_) news->image = std::move(cursor_->image);
  cursor_ = std::move(news);
  return true;
}

void PipewireInbox::end(std::string reason) {
  {
    const std::lock_guard lock(mutex_);
    if (!news_.end.empty()) return;
    news_.end = std::move(reason);
  }
  arrived_.set();
}

void PipewireInbox::release(pw_buffer* buffer) {
  if (buffer != nullptr && released_count_ < released_.size()) {
    released_[released_count_++] = buffer;
  }
}

PipewireNews PipewireInbox::take_news() {
  arrived_.clear();
  const std::lock_guard lock(mutex_);
  PipewireNews news = news_;
  // An end stays one.
  news_.changed = false;
  news_.latest = 0;
  return news;
}

PipewirePicture PipewireInbox::take_picture() {
  PipewirePicture picture;
  std::shared_ptr<SharedMapping> fresh;
  {
    const std::lock_guard lock(mutex_);
    if (newest_.memory != nullptr) {
      const BgrxView& before = held_.view;
      const BgrxView& after = newest_.view;
      if (before.width != after.width || before.height != after.height ||
          before.order != after.order) {
        damage_.add_everything();
      }
      if (held_.memory != nullptr) held_.memory->end_reading();
      release(held_.buffer);
      held_ = std::exchange(newest_, {});
      fresh = held_.memory;
    }
    picture.view = held_.view;
    picture.damage = std::exchange(damage_, {});
    picture.cursor = std::exchange(cursor_, std::nullopt);
  }
  // May wait for the device.
  if (fresh != nullptr) fresh->begin_reading();
  return picture;
}

}  // namespace earthshine
