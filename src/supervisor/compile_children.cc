#include "supervisor/compile_children.h"

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "base/log.h"
#include "supervisor/watch.h"

namespace wws::supervisor {
namespace asio = boost::asio;
using boost::system::error_code;
namespace {

/// An engine child that gives nothing for so long is stuck.
constexpr std::chrono::seconds kEnginePatience{10};

}  // namespace

struct CompileChildren::Engine {
  Engine(asio::io_context& context, runtime::EngineChild started)
      : child(std::move(started)), news(context, child.fd()), deadline(context) {}

  runtime::EngineChild child;
  Watch news;
  asio::steady_timer deadline;
  bool is_coming = false;  ///< what was ordered
  std::optional<runtime::ReadyChild> ready;
};

CompileChildren::CompileChildren(asio::io_context& context, const runtime::CompileLimits& limits,
                                 std::function<void()> on_ready)
    : context_(context), limits_(limits), on_ready_(std::move(on_ready)) {}

CompileChildren::~CompileChildren() = default;

void CompileChildren::keep_ready(const runtime::EngineFiles& files, wasm::SourceLines lines) {
  if (engine_) return;
  auto child = runtime::EngineChild::start(files, limits_, lines);
  if (!child) return lose(child.error());
  engine_ = std::make_shared<Engine>(context_, std::move(*child));
  if (auto watched = engine_->news.state(); !watched) return lose(watched.error());
  watch();
  order();
}

void CompileChildren::rest() { engine_.reset(); }

Result<runtime::CompileChild> CompileChildren::start(const runtime::CompileJob& job) {
  const bool is_script =
      job.engine == runtime::SourceEngine::kJavaScript && job.step == runtime::CompileStep::kSnapshot;
  if (!is_script || !engine_) return runtime::CompileChild::start(job, limits_);
  if (!engine_->ready) {
    someone_waits_ = true;
    return fail(ErrorCode::kOverloaded, "a child for it is on its way");
  }
  auto child = std::move(*std::exchange(engine_->ready, std::nullopt)).begin(job, limits_);
  order();
  // One that ended while it waited says nothing of the script.
  return child ? std::move(child) : runtime::CompileChild::start(job, limits_);
}

void CompileChildren::order() {
  if (auto ordered = engine_->child.order(); !ordered) return lose(ordered.error());
  engine_->is_coming = true;
  engine_->deadline.expires_after(kEnginePatience);
  engine_->deadline.async_wait([this, waited = std::weak_ptr(engine_)](error_code error) {
    const auto engine = waited.lock();
    if (error || !engine || !engine->is_coming) return;
    lose({ErrorCode::kIo, "it makes no child"});
  });
}

void CompileChildren::watch() {
  engine_->news.readable([this, watched = std::weak_ptr(engine_)](error_code error) {
    const auto engine = watched.lock();
    if (!error && engine) take(*engine);
  });
}

void CompileChildren::take(Engine& engine) {
  auto ready = engine.child.take();
  if (!ready) return lose(ready.error());
  if (*ready) {
    engine.is_coming = false;
    engine.deadline.cancel();
    engine.ready = std::move(*ready);
  }
  watch();
  if (engine.ready && std::exchange(someone_waits_, false)) on_ready_();
}

/// Scripts go on without it.
void CompileChildren::lose(const Error& error) {
  log::warn("scripts are compiled in processes that are started for each: the engine child cannot be had: {}",
            error.message);
  engine_.reset();
  if (std::exchange(someone_waits_, false)) on_ready_();
}

}  // namespace wws::supervisor
