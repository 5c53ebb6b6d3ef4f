// What a request waits for, and the jobs of its promises.
#pragma once

#include "quickjs.h"

namespace wws::js {

/// Runs the jobs of promises until there are none. An exception in one is the engine's own, and is dropped.
void run_jobs(void (*after_job)() = [] {}) noexcept;

/// Runs jobs, with a call of `after_job` after each, and waits for operations of the server, until
/// end_loop(), or until nothing is left to wait for.
void run_loop(void (*after_job)()) noexcept;

/// run_loop() returns as soon as the jobs at hand are done.
void end_loop() noexcept;

}  // namespace wws::js
