// Compiling while the server serves.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "runtime/compile_child.h"
#include "runtime/module_loader.h"

namespace wws::supervisor {

/// Compiles what a loader has pending, in children, from within an event loop. One thread; `context` and
/// `loader` outlive it. Destroying it kills the children.
class Compilation {
 public:
  /// The children obey `policy`. `on_done` is called for each module as its code, or the reason why there is
  /// none, is in the loader.
  Compilation(boost::asio::io_context& context, runtime::ModuleLoader& loader, unsigned parallel,
              const hardening::Policy& policy, std::function<void(std::uint32_t module)> on_done);
  ~Compilation();

  void start();

  [[nodiscard]] bool is_done() const noexcept { return left_.empty() && running_.empty(); }

 private:
  struct Running;

  void start_some();
  void watch(Running& running);
  void on_readable(Running& running);

  boost::asio::io_context& context_;
  runtime::ModuleLoader& loader_;
  unsigned parallel_;
  runtime::CompileLimits limits_;
  std::function<void(std::uint32_t)> on_done_;
  std::deque<std::uint32_t> left_;
  std::vector<std::unique_ptr<Running>> running_;
};

}  // namespace wws::supervisor
