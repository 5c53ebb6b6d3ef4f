// The program wws_faulty is wws with this file in the place of src/abi/host_functions.cc and
// src/supervisor/timing.cc: guests can kill their process or hold its thread, as a bug in the engine or the
// kernel would, and the supervisor sooner takes a process for stuck.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <vector>

#include "abi/host_functions.h"
#include "supervisor/timing.h"
#include "wasm/wasi_stdio.h"

namespace wws::abi {
namespace {

using wasm::CallStatus;
using wasm::Guest;
using wasm::GuestMemory;

CallStatus abort_process(Guest&, GuestMemory) noexcept { std::abort(); }

/// Uses up the fiber's stack on the host's side of it.
std::size_t overflow(std::size_t depth) noexcept {
  volatile char frame[4096];
  frame[depth % sizeof frame] = 1;
  return depth == SIZE_MAX ? 0 : overflow(depth + 1) + static_cast<std::size_t>(frame[0]);
}
CallStatus overflow_stack(Guest&, GuestMemory) noexcept {
  return overflow(0) == 1 ? CallStatus::kStop : CallStatus::kDone;
}

/// As the kernel does when memory runs out.
CallStatus kill_process(Guest&, GuestMemory) noexcept {
  std::raise(SIGKILL);
  return CallStatus::kDone;
}

/// As a host function with a mistake would.
CallStatus block_loop(Guest&, GuestMemory) noexcept {
  while (true) pause();
}

}  // namespace

std::span<const wasm::HostFunction> host_functions() noexcept {
  static const std::vector<wasm::HostFunction> functions = [] {
    const auto wasi = wasm::wasi_stdio_functions();
    std::vector<wasm::HostFunction> all(wasi.begin(), wasi.end());
    all.push_back(wasm::host_function<&abort_process>("faulty", "abort"));
    all.push_back(wasm::host_function<&overflow_stack>("faulty", "overflow_stack"));
    all.push_back(wasm::host_function<&kill_process>("faulty", "kill"));
    all.push_back(wasm::host_function<&block_loop>("faulty", "block"));
    return all;
  }();
  return functions;
}

}  // namespace wws::abi

namespace wws::supervisor {

Timing default_timing() noexcept { return {.look_period = std::chrono::milliseconds(500), .patience = 6}; }

}  // namespace wws::supervisor
