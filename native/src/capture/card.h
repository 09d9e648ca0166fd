#pragma once

#include <string>
#include <vector>

#include "capture/canvas.h"
#include "capture/source.h"

namespace earthshine {

/// A sentence on dark grey, in lines that fit: the first one large, all of them in the middle.
Canvas draw_card(int width, int height, const std::vector<std::string>& lines);

/// A card as a source: one picture that stands still.
class CardSource final : public Source {
 public:
  CardSource(int width, int height, const std::vector<std::string>& lines)
      : card_(draw_card(width, height, lines)) {}

  Result<SourceChange> poll() override;
  Result<Grab> grab() override;

 private:
  Canvas card_;
  bool told_ = false, grabbed_ = false;
};

}  // namespace earthshine
