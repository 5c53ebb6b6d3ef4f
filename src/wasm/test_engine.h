// For tests: an engine with all WASI functions and a few of its own, and the guests of tests/guests/wat.
#pragma once

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "wasm/engine.h"
#include "wasm/guest.h"
#include "wasm/instance.h"

namespace wws::wasm::testing {

/// What test.wait and test.tick do is up to the test that runs.
struct TestHost {
  static inline const Engine* engine = nullptr;
  static inline base::ManualClock* clock = nullptr;
  static inline std::vector<int> ticks;  ///< arguments of test.tick
  static inline int answer_after = 0;    ///< test.wait answers at this call
  static inline int wait_calls = 0;
  static inline base::Duration tick_length = std::chrono::milliseconds(1);
};

/// Ends the guest's slice at its next epoch check: a millisecond passes and the timer ticks.
inline CallStatus tick(Guest&, GuestMemory, std::int32_t value) noexcept {
  TestHost::ticks.push_back(value);
  TestHost::clock->advance(TestHost::tick_length);
  TestHost::engine->tick();
  return CallStatus::kDone;
}

inline CallResult<std::int32_t> wait(Guest&, GuestMemory, std::int64_t value) noexcept {
  if (++TestHost::wait_calls < TestHost::answer_after) return CallStatus::kPending;
  return static_cast<std::int32_t>(value & 0xff) + '0';
}

/// A file that exists only in memory.
inline base::File memory_file(std::string_view content) {
  base::File file(memfd_create("test", MFD_CLOEXEC));
  EXPECT_EQ(static_cast<ssize_t>(content.size()), ::write(file.fd(), content.data(), content.size()));
  return file;
}

/// The image that Engine::take_image() writes, in memory.
inline Result<std::string> image_of(const Module& module, const Calls& calls, Guest& guest) {
  const base::File file = memory_file("");
  if (auto taken = Engine::take_image(module, calls, guest, file); !taken) return fail(taken);
  return base::read_file(file, "the image");
}

inline std::string guest_bytes(std::string_view name) {
  auto bytes = base::read_file(std::string(WWS_WAT_GUESTS_DIR) + "/" + std::string(name) + ".wasm");
  EXPECT_TRUE(bytes.has_value()) << name;
  return bytes.value_or("");
}

class EngineTest : public ::testing::Test {
 protected:
  explicit EngineTest(EngineSettings settings = *serving_settings(16))
      : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), engine_(make(settings, wake_.fd())) {
    TestHost::engine = &engine_;
    TestHost::clock = &clock_;
    TestHost::ticks.clear();
    TestHost::wait_calls = 0;
    TestHost::tick_length = std::chrono::milliseconds(1);
  }

  static Engine make(EngineSettings settings, int wake_fd) {
    settings.wake_fd = wake_fd;
    std::vector<HostFunction> functions(wasi_stdio_functions().begin(), wasi_stdio_functions().end());
    functions.push_back(host_function<&tick>("test", "tick"));
    functions.push_back(host_function<&wait>("test", "wait", Suspends::kMay));
    auto engine = Engine::create(settings, functions);
    if (!engine) throw std::runtime_error(engine.error().message);  // a test without engine is no test
    return std::move(*engine);
  }

  Result<Module> load(std::string_view name) {
    auto code = engine_.compile(guest_bytes(name));
    if (!code) return fail(code);
    return engine_.map(memory_file(*code));
  }

  Guest guest(std::string_view input = "", const GuestLimits& limits = {}) {
    WasiStdio::Input wasi;
    wasi.stdin_bytes = input;
    wasi.on_log_line = [this](log::Level, std::string_view line) { error_lines_.emplace_back(line); };
    return Guest(clock_, random_, limits, std::move(wasi));
  }

  /// An instance that calls `_start`.
  static Result<Instance> start(const Module& module, Guest& guest, std::uint64_t id) {
    constexpr std::array<std::string_view, 1> kEntry = {"_start"};
    auto calls = module.find_calls(kEntry);
    if (!calls) return fail(calls);
    return Instance::create(module, *calls, guest, id);
  }

  /// Runs a guest to its end.
  Result<void> run(const Module& module, Guest& guest) {
    auto instance = start(module, guest, 1);
    if (!instance) return fail(instance);
    while (instance->poll() != Instance::State::kDone) {
    }
    return instance->result();
  }

  base::SystemClock system_clock_;
  base::ManualClock clock_;
  base::Random random_;
  std::vector<std::string> error_lines_;
  base::File wake_;
  Engine engine_;
};

}  // namespace wws::wasm::testing
