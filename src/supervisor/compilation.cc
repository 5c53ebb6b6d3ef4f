#include "supervisor/compilation.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace wws::supervisor {
namespace asio = boost::asio;
using boost::system::error_code;

/// One child, and what wakes us for it.
struct Compilation::Running {
  Running(asio::io_context& context, std::uint32_t number, runtime::CompileChild started)
      : module(number), child(std::move(started)), output(context, dup(child.fd())), deadline(context) {}

  std::uint32_t module;
  runtime::CompileChild child;
  asio::posix::stream_descriptor output;  ///< a second descriptor of the child's, for waiting
  asio::steady_timer deadline;
};

Compilation::Compilation(asio::io_context& context, runtime::ModuleLoader& loader, unsigned parallel,
                         const hardening::Policy& policy, std::function<void(std::uint32_t)> on_done)
    : context_(context),
      loader_(loader),
      parallel_(std::max(parallel, 1U)),
      limits_{.policy = policy},
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
    auto child = runtime::CompileChild::start(*job, limits_);
    if (!child) {
      loader_.finish(module, fail(child));
      on_done_(module);
      continue;
    }
    running_.push_back(std::make_unique<Running>(context_, module, std::move(*child)));
    Running& running = *running_.back();
    running.deadline.expires_at(running.child.deadline());
    running.deadline.async_wait([&running](error_code error) {
      if (!error) running.child.kill();  // its end is seen as any other
    });
    watch(running);
  }
}

void Compilation::watch(Running& running) {
  running.output.async_wait(asio::posix::stream_descriptor::wait_read, [this, &running](error_code error) {
    if (!error) on_readable(running);
  });
}

void Compilation::on_readable(Running& running) {
  if (!running.child.read()) return watch(running);
  const std::uint32_t module = running.module;
  loader_.finish(module, running.child.outcome());
  std::erase_if(running_, [&](const auto& one) { return one.get() == &running; });
  if (loader_.code(module)) {
    on_done_(module);
  } else {
    left_.push_front(module);  // its next step
  }
  start_some();
}

}  // namespace wws::supervisor
