// Workers as a serving process knows them: configuration and code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "config/worker_config.h"
#include "wasm/engine.h"
#include "wasm/guest.h"

namespace wws::runtime {

/// A compiled module that is mapped when it is first asked for. Shared by the workers whose files have
/// the same content. One thread.
class LazyModule {
 public:
  /// Code that was compiled, as an open file of the cache.
  explicit LazyModule(base::File code) : code_(std::move(code)) {}
  /// A module that cannot be used, and why.
  explicit LazyModule(Error error) : result_(std::unexpected(std::move(error))) {}

  /// The module, mapped and linked; kBadModule if it does not compile, link or has no entry.
  [[nodiscard]] const Result<wasm::Module>& get(const wasm::Engine& engine);
  /// The function that a request calls: the default export, or `_start`. After get() succeeded.
  [[nodiscard]] std::string_view entry() const noexcept { return entry_; }

 private:
  base::File code_;
  std::optional<Result<wasm::Module>> result_;
  std::string_view entry_;
};

/// One worker: what its route runs. Immutable but for the module that is mapped on first use, and the
/// count of its requests. One thread.
struct Worker {
  std::string file;     ///< relative to the project's root
  std::string pattern;  ///< of its route
  config::WorkerConfig config;
  std::vector<std::string> environment;  ///< "NAME=value" of [vars]
  wasm::GuestLimits limits;
  std::uint32_t running = 0;  ///< requests that have begun and not ended; Invocation counts
  std::shared_ptr<LazyModule> module;
};

[[nodiscard]] Worker make_worker(std::string file, std::string pattern, config::WorkerConfig config,
                                 std::shared_ptr<LazyModule> module);

}  // namespace wws::runtime
