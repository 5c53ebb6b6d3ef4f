#include "supervisor/compilation.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "supervisor/watch.h"

namespace wws::supervisor {
namespace asio = boost::asio;
using boost::system::error_code;

/// One child, and what wakes us for it.
struct Compilation::Running : std::enable_shared_from_this<Running> {
  Running(asio::io_context& context, std::uint32_t number, runtime::CompileChild started)
      : module(number),
        child(std::move(started)),
        errors(context, child.errors_fd()),
        end(context, child.end_fd()),
        deadline(context) {}

  std::uint32_t module;
  runtime::CompileChild child;
  Watch errors;
  Watch end;
  asio::steady_timer deadline;
};

Compilation::Compilation(asio::io_context& context, runtime::ModuleLoader& loader, unsigned parallel,
                         Start start, std::function<void(std::uint32_t)> on_done)
    : context_(context),
      loader_(loader),
      parallel_(std::max(parallel, 1U)),
      start_(std::move(start)),
      on_done_(std::move(on_done)) {}

Compilation::~Compilation() = default;

void Compilation::start() {
  for (const std::uint32_t module : loader_.pending()) left_.push_back(module);
  start_some();
}

void Compilation::start_some() {
  while (!left_.empty() && running_.size() < parallel_) {
    const std::uint32_t module = left_.front();
    left_.pop_front();
    const auto job = loader_.prepare(module);
    if (!job) {
      on_done_(module);
      continue;
    }
    auto child = start_(*job);
    if (!child) {
      loader_.finish(module, fail(child));
      on_done_(module);
      continue;
    }
    const auto running = std::make_shared<Running>(context_, module, std::move(*child));
    if (auto watched = running->end.state(); !watched) {
      loader_.finish(module, fail(watched));
      on_done_(module);
      continue;
    }
    running_.push_back(running);
    await_deadline(*running);
    watch_errors(*running);
    watch_end(*running);
  }
}

void Compilation::await_deadline(Running& running) {
  running.deadline.expires_at(running.child.deadline());
  running.deadline.async_wait([watched = Watched(running.weak_from_this())](error_code error) {
    const auto late = watched.lock();
    if (!error && late) late->child.end_late();  // its end is seen as any other
  });
}

void Compilation::watch_errors(Running& running) {
  running.errors.readable([this, watched = Watched(running.weak_from_this())](error_code error) {
    const auto one = watched.lock();
    // One that closes its standard error may live on: its end is another event.
    if (error || !one || one->child.read() == runtime::CompileChild::Errors::kClosed) return;
    watch_errors(*one);
  });
}

void Compilation::watch_end(Running& running) {
  running.end.readable([this, watched = Watched(running.weak_from_this())](error_code error) {
    const auto one = watched.lock();
    if (!error && one) on_end(one);
  });
}

void Compilation::on_end(const std::shared_ptr<Running>& running) {
  auto outcome = running->child.outcome();
  if (!outcome) return watch_end(*running);
  const std::uint32_t module = running->module;
  loader_.finish(module, std::move(*outcome));
  std::erase(running_, running);
  if (loader_.code(module)) {
    on_done_(module);
  } else {
    left_.push_front(module);  // its next step
  }
  start_some();
}

}  // namespace wws::supervisor
