#include "pipeline/converted_pictures.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

namespace earthshine {
namespace {

/// One being encoded, one waiting, one being converted.
constexpr int kPicturesAtWork = 3;

}  // namespace

void ConvertedPictures::prepare(const YuvFormat& format) {
  if (find(format)) return;
  auto fresh = std::make_shared<Converted>(width_, height_, format);
  fresh->pool.warm_up(kPicturesAtWork);
  const std::lock_guard lock(mutex_);
  // Two encoders may open at once.
  for (const auto& each : formats_) {
    if (each->pool.format() == format) return;
  }
  formats_.push_back(std::move(fresh));
}

std::shared_ptr<ConvertedPictures::Converted> ConvertedPictures::find(
    const YuvFormat& format) const {
  const std::lock_guard lock(mutex_);
  for (const auto& each : formats_) {
    if (each->pool.format() == format) return each;
  }
  return nullptr;
}

void ConvertedPictures::keep_only(std::span<const YuvFormat> formats) {
  // Their memory is let go without the lock.
  std::vector<std::shared_ptr<Converted>> unused;
  const std::lock_guard lock(mutex_);
  const auto used = [&](const auto& each) {
    return std::find(formats.begin(), formats.end(), each->pool.format()) != formats.end();
  };
  const auto split = std::stable_partition(formats_.begin(), formats_.end(), used);
  unused.assign(std::make_move_iterator(split), std::make_move_iterator(formats_.end()));
  formats_.erase(split, formats_.end());
}

void ConvertedPictures::add_damage(const Damage& damage) {
  const std::lock_guard lock(mutex_);
  for (const auto& format : formats_) format->damage.add(damage);
}

void ConvertedPictures::convert(Converted& target, const SourcePicture& source,
                                std::uint64_t number) {
  const Nanoseconds begin = now();
  target.picture.reset();
  auto picture = target.pool.take();
  std::visit(
      [&](const BgrxView& view) {
        target.converter.convert(view, target.damage, *picture, target.changes);
      },
      source);
  target.damage.clear();
  target.picture = std::move(picture);
  target.number_before = std::exchange(target.number, number);
  target.convert_time = now() - begin;
}

void ConvertedPictures::post(EncodeUnit& unit, const SourcePicture& source, std::uint64_t number,
                             Nanoseconds captured, std::optional<GrabTime> grabbed) {
  const std::shared_ptr<Converted> target = find(unit.format());
  if (!target) return;
  if (target->number != number) convert(*target, source, number);
  EncodeJob job{.picture = target->picture,
                .number = number,
                .changed_since = grabbed ? target->number_before : number,
                .captured = captured};
  if (grabbed) {
    job.journey = {
        .begun = grabbed->begun, .capture = grabbed->duration, .convert = target->convert_time};
  }
  unit.post(std::move(job), &target->changes);
}

}  // namespace earthshine
