// Promises that were rejected and that nobody waits for: their errors would be lost.
#pragma once

#include "quickjs.h"
#include "value.h"

namespace wws::js {

/// From now on they are remembered. `describe` makes text of an error.
void watch_rejections(JSRuntime* runtime, Value describe) noexcept;

/// Writes to the log those that nobody waits for by now: call when no job is left.
void report_rejections() noexcept;

/// The promise is somebody's concern.
void forget_rejection(JSValueConst promise) noexcept;

}  // namespace wws::js
