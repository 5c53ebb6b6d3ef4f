// Compile children, those for scripts taken from an engine child that has some ready.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "base/result.h"
#include "runtime/compile_child.h"
#include "runtime/engine_child.h"

namespace wws::supervisor {

/// Starts compile children. A script's comes from an engine child while there is one, which keeps one ready:
/// nobody waits for a process to start then. Whatever happens to the engine child, what cannot be had of it
/// is started as all others are.
///
/// Nothing here waits. One thread; `context` outlives it. Handlers that are queued when it goes do nothing.
class CompileChildren {
 public:
  /// `on_ready` is called when a child can be had for which start() had none.
  CompileChildren(boost::asio::io_context& context, const runtime::CompileLimits& limits,
                  std::function<void()> on_ready);
  ~CompileChildren();

  /// Has an engine child from now on, if it has none.
  void keep_ready(const runtime::EngineFiles& files, wasm::SourceLines lines);
  /// Lets the engine child go.
  void rest();
  /// Whether there is an engine child.
  [[nodiscard]] bool keeps_ready() const noexcept { return engine_ != nullptr; }

  /// kOverloaded: the next child for a script is on its way, and on_ready follows. kIo: none could be
  /// started.
  [[nodiscard]] Result<runtime::CompileChild> start(const runtime::CompileJob& job);

 private:
  struct Engine;

  void order();
  void watch();
  void take(Engine& engine);
  void lose(const Error& error);

  boost::asio::io_context& context_;
  runtime::CompileLimits limits_;
  std::function<void()> on_ready_;
  std::shared_ptr<Engine> engine_;
  bool someone_waits_ = false;
};

}  // namespace wws::supervisor
