#include "supervisor/compilation.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "base/log.h"
#include "supervisor/watch.h"

namespace wws::supervisor {
namespace asio = boost::asio;
using boost::system::error_code;

/// One child, and what wakes us for it.
struct Compilation::Running : std::enable_shared_from_this<Running> {
  Running(asio::io_context& context, std::uint32_t number, runtime::CompileChild started)
      : module(number),
        child(std::move(started)),
        began(base::SystemClock().now()),
        errors(context, child.errors_fd()),
        end(context, child.end_fd()),
        deadline(context) {}

  std::uint32_t module;
  runtime::CompileChild child;
  base::Instant began;
  Watch errors;
  Watch end;
  asio::steady_timer deadline;
};

/// Ends as the next try of what was put off begins. Handlers hold it weakly, as they do a child.
struct Compilation::Pause {
  asio::steady_timer timer;
  base::Duration length;
};

Compilation::Compilation(asio::io_context& context, runtime::ModuleLoader& loader, unsigned parallel,
                         base::Duration pause, Start start, std::function<void(std::uint32_t)> on_done)
    : context_(context),
      loader_(loader),
      parallel_(std::max(parallel, 1U)),
      start_(std::move(start)),
      on_done_(std::move(on_done)),
      pause_(std::make_shared<Pause>(asio::steady_timer(context), pause)) {}

Compilation::~Compilation() = default;

void Compilation::start() {
  for (const std::uint32_t module : loader_.pending()) left_.push_back(module);
  start_some();
}

void Compilation::add(const std::vector<std::uint32_t>& modules) {
  for (const std::uint32_t module : modules) {
    const bool is_running =
        std::ranges::any_of(running_, [&](const auto& running) { return running->module == module; });
    if (is_running || std::ranges::find(put_off_, module) != put_off_.end()) continue;
    std::erase(left_, module);
    left_.push_front(module);
  }
  start_some();
}

void Compilation::forget(std::uint32_t module) {
  std::erase(left_, module);
  std::erase(put_off_, module);
  tries_again_.erase(module);
  std::erase_if(running_, [&](const auto& running) { return running->module == module; });
  start_some();
}

void Compilation::start_some() {
  while (!left_.empty() && running_.size() < parallel_) {
    const std::uint32_t module = left_.front();
    left_.pop_front();
    const auto started = start_one(module);
    if (started) continue;
    if (started.error().code == ErrorCode::kOverloaded) return left_.push_front(module);
    on_failure(module, started.error());
  }
}

Result<void> Compilation::start_one(std::uint32_t module) {
  auto job = loader_.prepare(module);
  if (!job) return fail(job);
  if (!*job) return {};
  auto child = start_(**job);
  if (!child) return fail(child);
  const auto running = std::make_shared<Running>(context_, module, std::move(*child));
  for (const Watch* watch : {&running->errors, &running->end}) {
    if (auto watched = watch->state(); !watched) return watched;
  }
  running_.push_back(running);
  await_deadline(*running);
  watch_errors(*running);
  watch_end(*running);
  return {};
}

void Compilation::on_failure(std::uint32_t module, const Error& error) {
  if (error.code == ErrorCode::kIo) {
    const unsigned tries = tries_again_[module]++;
    if (tries < kMostTriesAgain) {
      if (tries == 0) {
        log::warn("{}: compiling it is put off, and tried again {} times, once in {} s: {}",
                  loader_.file(module), kMostTriesAgain,
                  std::chrono::duration_cast<std::chrono::seconds>(pause_->length).count(), error.message);
      }
      put_off_.push_back(module);
      if (put_off_.size() == 1) try_again_later();
      return;
    }
  }
  go_on(loader_.give_up(module, error));
}

/// With modules of which something was made.
void Compilation::go_on(const std::vector<std::uint32_t>& modules) {
  for (const std::uint32_t module : modules) {
    std::erase(left_, module);
    if (loader_.files(module)) {
      on_done_(module);
    } else {
      left_.push_front(module);  // its next step
    }
  }
}

void Compilation::try_again_later() {
  pause_->timer.expires_after(pause_->length);
  pause_->timer.async_wait([this, ended = std::weak_ptr(pause_)](error_code error) {
    if (error || ended.expired()) return;
    left_.insert(left_.end(), put_off_.begin(), put_off_.end());
    put_off_.clear();
    start_some();
  });
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
  ++(*outcome ? counts_.good : counts_.failed);
  counts_.time += clock_.now() - running->began;
  std::erase(running_, running);
  if (const auto going_on = loader_.finish(module, std::move(*outcome))) {
    go_on(*going_on);
  } else {
    on_failure(module, going_on.error());
  }
  start_some();
}

}  // namespace wws::supervisor
