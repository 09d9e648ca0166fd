// What the stand-in's GPU holds, and how it misbehaves on order.
//
//   EARTHSHINE_STAND_IN_VA=WORD[=NUMBER],…   no variable: there is no driver
//     no-cbr no-hevc no-10-bit only-b no-headers no-derive no-sync-buffer low-power one-slice
//     refuse-context  slow=MILLISECONDS
//     timeout=FRAME (the GPU does not finish it)  hang=FRAME  crash=FRAME  lost=FRAME (and later)
#pragma once

#include <va/va.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "../orders.h"
#include "facts.h"
#include "objects.h"

namespace earthshine::stand_in {

struct Context {
  VAProfile profile = VAProfileNone;
  int width = 0, height = 0;
  VASurfaceID target = VA_INVALID_SURFACE;
  bool begun = false;
  std::vector<VABufferID> rendered{};
};

/// Everything of this process's GPU.
struct Driver {
  std::mutex mutex;
  Orders orders{"EARTHSHINE_STAND_IN_VA"};
  bool started = false;
  VAMessageCallback complain = nullptr;
  void* complain_to = nullptr;
  VAGenericID next_id = 1;
  std::map<VAGenericID, VAProfile> configs;
  std::map<VAGenericID, std::unique_ptr<Surface>> surfaces;
  std::map<VAGenericID, Context> contexts;
  std::map<VAGenericID, std::unique_ptr<Buffer>> buffers;
  /// derived and other images: the surface, or memory of their own
  struct Image {
    Surface* surface = nullptr;
    std::unique_ptr<Surface> own;
  };
  std::map<VAGenericID, Image> images;
  std::map<VAGenericID, VAGenericID> image_of_buffer;
  VaFacts facts;

  VAStatus wrong(const std::string& what) {
    if (complain != nullptr) complain(complain_to, ("stand-in: " + what + "\n").c_str());
    return VA_STATUS_ERROR_INVALID_PARAMETER;
  }
  VAGenericID id() {
    ++facts.objects;
    return next_id++;
  }
  /// Whether the frame at work is the one that an order names.
  bool is(const char* word) const {
    return orders.has(word) && facts.frames == orders.number(word);
  }
  bool lost() const { return orders.has("lost") && facts.frames >= orders.number("lost"); }
};

/// The one of this process.
Driver& driver();

}  // namespace earthshine::stand_in
