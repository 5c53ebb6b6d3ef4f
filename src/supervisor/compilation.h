// Compiling while the server serves.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "runtime/compile_child.h"
#include "runtime/module_loader.h"

namespace wws::supervisor {

/// Compiles what a loader has pending, in children, from within an event loop. Nothing here waits for a
/// child, whatever it does. A module for which the system lacks something (kIo: a descriptor, a process,
/// memory) is put off and tried again after a pause, kMostTriesAgain times; one that is bad never. One
/// thread; `context` and `loader` outlive it. Destroying it kills the children; handlers that are queued by
/// then do nothing.
class Compilation {
 public:
  /// Starts a child: CompileChildren::start(), or a test's own. kOverloaded: one is on its way, and
  /// children_are_ready() is called then.
  using Start = std::function<Result<runtime::CompileChild>(const runtime::CompileJob&)>;
  static constexpr unsigned kMostTriesAgain = 5;

  /// `on_done` is called for each module as its code, or the reason why there is none, is in the loader.
  Compilation(boost::asio::io_context& context, runtime::ModuleLoader& loader, unsigned parallel,
              base::Duration pause, Start start, std::function<void(std::uint32_t module)> on_done);
  ~Compilation();

  void start();
  /// Compiles these before all others that wait; those that it has already go on as they are.
  void add(const std::vector<std::uint32_t>& modules);
  /// A child can be had for which there was none before.
  void children_are_ready() { start_some(); }
  /// Gives up one that nobody wants any more, without a word of it.
  void forget(std::uint32_t module);

  /// Steps that have ended, and the time that they took.
  struct Counts {
    std::uint64_t good = 0;
    std::uint64_t failed = 0;
    base::Duration time{0};
  };
  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

  [[nodiscard]] bool is_done() const noexcept {
    return left_.empty() && running_.empty() && put_off_.empty();
  }

 private:
  struct Running;
  struct Pause;
  /// What a handler holds of a child: the handler may be queued already when the child goes.
  using Watched = std::weak_ptr<Running>;

  void start_some();
  [[nodiscard]] Result<void> start_one(std::uint32_t module);
  void on_failure(std::uint32_t module, const Error& error);
  void go_on(const std::vector<std::uint32_t>& modules);
  void try_again_later();
  void await_deadline(Running& running);
  void watch_errors(Running& running);
  void watch_end(Running& running);
  void on_end(const std::shared_ptr<Running>& running);

  boost::asio::io_context& context_;
  runtime::ModuleLoader& loader_;
  unsigned parallel_;
  Start start_;
  std::function<void(std::uint32_t)> on_done_;
  std::deque<std::uint32_t> left_;
  std::vector<std::shared_ptr<Running>> running_;
  std::vector<std::uint32_t> put_off_;
  std::unordered_map<std::uint32_t, unsigned> tries_again_;  ///< of those that were ever put off
  std::shared_ptr<Pause> pause_;
  base::SystemClock clock_;
  Counts counts_;
};

}  // namespace wws::supervisor
