#pragma once

#include <memory>

#include "base/result.h"
#include "capture/source.h"
#include "capture/source_options.h"

namespace earthshine {

/// Opens the source that the options name; may block. One of another process (a display server)
/// comes wrapped, so that it is opened again by itself when it has gone (ReopeningSource).
Result<std::unique_ptr<Source>> open_source(const SourceOptions& options);

}  // namespace earthshine
