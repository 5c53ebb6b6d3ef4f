// Workers as a serving process knows them: configuration and code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "abi/folders.h"
#include "abi/kv_bindings.h"
#include "base/file.h"
#include "base/result.h"
#include "config/worker_config.h"
#include "wasm/engine.h"
#include "wasm/guest.h"

namespace wws::runtime {

/// How a worker takes a request and gives the answer.
enum class Abi {
  kWwsJson,  ///< a WASI command: JSON on standard input and output
  kNative,   ///< a reactor that calls the functions of `wws_v1` (docs/abi.md)
  kCgi,      ///< a WASI command: environment, body and header lines (docs/cgi.md)
};

/// Machine code that was compiled of a module, mapped when it is first asked for. Shared by all modules that
/// begin on it with a snapshot of their own. One thread.
class SharedCode {
 public:
  /// As an open file of the cache.
  explicit SharedCode(base::File file) : file_(std::move(file)) {}

  /// The module, mapped and linked; kBadModule if it does not link or fit into the engine's pool.
  /// kOverloaded: it cannot be mapped now, and the next call tries again.
  [[nodiscard]] const Result<wasm::Module>& get(const wasm::Engine& engine);

 private:
  base::File file_;
  std::optional<Result<wasm::Module>> module_;
};

/// A compiled module that is mapped when it is first asked for. Shared by the workers whose files have
/// the same content. One thread.
class LazyModule {
 public:
  /// A module that is still compiled: provide() follows.
  explicit LazyModule(std::uint32_t number = 0) : number_(number) {}
  /// Code that was compiled, as an open file of the cache, and a snapshot.
  explicit LazyModule(base::File code, base::File snapshot = {}) {
    provide(std::make_shared<SharedCode>(std::move(code)), std::move(snapshot));
  }
  /// A module that cannot be used, and why.
  explicit LazyModule(Error error) { provide(std::move(error)); }

  /// Its code, and a snapshot of the module if there is one. May come again, as may an error: instances of
  /// what was before live on.
  void provide(std::shared_ptr<SharedCode> code, base::File snapshot);
  /// Why there is no code.
  void provide(Error error);

  /// Whether provide() has not been called yet.
  [[nodiscard]] bool is_pending() const noexcept { return !code_ && !result_; }
  /// Its number among the modules of the project.
  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
  /// The module, mapped and linked; kBadModule if it does not compile, link or fit into the engine's pool, or
  /// has no entry. kOverloaded: it cannot be mapped now, and the next call tries again. Not pending.
  [[nodiscard]] const Result<wasm::Module>& get(const wasm::Engine& engine);
  /// How it takes requests, by its exports: kNative, or kWwsJson for every command. After get() succeeded.
  [[nodiscard]] Abi abi() const noexcept { return abi_; }
  /// The functions that a request calls, in turn. After get() succeeded.
  [[nodiscard]] const wasm::Calls& calls() const noexcept { return *calls_; }

 private:
  [[nodiscard]] const Result<wasm::Module>& map(const wasm::Engine& engine);

  std::uint32_t number_ = 0;
  std::shared_ptr<SharedCode> code_;
  base::File snapshot_;
  std::optional<Result<wasm::Module>> result_;  ///< with the snapshot, or why it cannot be used
  Abi abi_ = Abi::kWwsJson;
  std::optional<wasm::Calls> calls_;
};

/// One worker: what its route runs. Immutable but for the module that is mapped on first use, and the
/// count of its requests. One thread.
struct Worker {
  std::string file;                 ///< relative to the project's root
  std::string pattern;              ///< of its route
  std::size_t script_segments = 0;  ///< those of the pattern before its catch-all (abi/cgi.h)
  config::WorkerConfig config;
  std::vector<std::string> environment;                   ///< "NAME=value" of [vars]
  std::vector<std::pair<std::string, std::string>> vars;  ///< [vars]
  wasm::GuestLimits limits;
  std::optional<std::uint16_t> kv_space;     ///< its namespace in the key-value store, by its place
  abi::KvBindings kv_bindings;               ///< its other namespaces
  std::optional<std::uint16_t> fetch_grant;  ///< where it may send requests, by its place among the grants
  std::optional<abi::WorkerMounts> mounts;   ///< its folders, if it has some
  std::string missing_folder;                ///< one of them that is not there: its requests fail
  bool takes_stream = false;                 ///< what is known of its ABI while the module is pending
  std::uint32_t running = 0;    ///< requests that were taken and have not ended; Invocation counts
  std::uint32_t instances = 0;  ///< of those, the ones that have begun
  std::shared_ptr<LazyModule> module;
};

/// How a worker takes requests: as its TOML says, else by its module. After the module's get() succeeded.
/// kBadModule: the module is made for another ABI than the TOML names.
[[nodiscard]] Result<Abi> abi_of(const LazyModule& module, const config::WorkerConfig& config);

[[nodiscard]] Worker make_worker(std::string file, std::string pattern, config::WorkerConfig config,
                                 std::shared_ptr<LazyModule> module);

}  // namespace wws::runtime
