// Promises that were rejected and that nobody waits for: their errors would be lost.
#pragma once

#include "quickjs.h"
#include "value.h"

namespace wws::js {

/// From now on they are remembered. `describe(promise, reason)` gives text for the log; undefined: nothing is
/// to be said.
void watch_rejections(JSRuntime* runtime, Value describe) noexcept;

/// Tells of those that nobody waits for by now: call when no job is left. Whether there were any: listeners
/// may have made jobs.
bool report_rejections() noexcept;

/// The promise is somebody's concern.
void forget_rejection(JSValueConst promise) noexcept;

}  // namespace wws::js
