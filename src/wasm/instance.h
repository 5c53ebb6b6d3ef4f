// One sandbox: a fresh instance that makes one call and is thrown away.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "wasm/guest.h"
#include "wasm/module.h"

struct wwsb_task;

namespace wws::wasm {

/// Calls of exported functions in a fresh instance, on a fiber of its own.
///
/// The owner polls it: each poll runs one slice on the calling thread. Destroying it ends the guest
/// wherever it is and gives its memory back. `guest` and `module` outlive it.
class Instance {
 public:
  enum class State {
    kDone,     ///< see result()
    kYielded,  ///< its slice is over: poll again when it is its turn
    kWaiting,  ///< poll again at guest.wake_at(), or when its id comes out of Engine::take_woken()
  };

  /// Makes `calls`, which are the module's own. Nothing runs before the first poll. `id` names it among the
  /// woken.
  [[nodiscard]] static Result<Instance> create(const Module& module, const Calls& calls, Guest& guest,
                                               std::uint64_t id);

  [[nodiscard]] State poll() noexcept;

  /// After kDone: how the call ended. Success is a return of the function, or proc_exit(0). The detail of an
  /// error is where the guest was when it trapped or used up a time limit: innermost frame first, with the
  /// module's own names, unchecked.
  [[nodiscard]] Result<void> result() const;

  /// Makes a waiting instance's id come out of Engine::take_woken(). Any thread.
  void wake() const noexcept;

 private:
  struct Deleter {
    void operator()(wwsb_task* task) const noexcept;
  };
  [[nodiscard]] Result<void> bare_result() const;
  [[nodiscard]] std::string_view backtrace() const noexcept;
  Instance(Guest& guest, std::unique_ptr<wwsb_task, Deleter> task) noexcept;

  Guest* guest_;
  std::unique_ptr<wwsb_task, Deleter> task_;
};

}  // namespace wws::wasm
