#include "supervisor/supervisor.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/standard_streams.h"
#include "runtime/running_module.h"
#include "runtime/self_process.h"
#include "supervisor/modules_message.h"
#include "supervisor/serving_process.h"

namespace wws::supervisor {
namespace asio = boost::asio;
using boost::system::error_code;
namespace {

constexpr std::chrono::seconds kLongLife{10};
constexpr std::chrono::milliseconds kFirstWait{100};
constexpr std::chrono::seconds kLongestWait{10};
/// After the time the processes have for their requests.
constexpr std::chrono::seconds kStopReserve{2};
/// A process that fails so often before it ever served will not serve.
constexpr unsigned kStartAttempts = 3;
/// Deaths with its guest running after which a module is put aside.
constexpr unsigned kDeathsOfAModule = 3;

}  // namespace

base::Duration Backoff::next(base::Duration lived) noexcept {
  if (lived >= kLongLife) short_lives_ = 0;
  const unsigned short_lives = short_lives_++;
  if (short_lives == 0) return base::Duration(0);
  const base::Duration wait = kFirstWait * (1U << std::min(short_lives - 1, 10U));
  return std::min(wait, base::Duration(kLongestWait));
}

/// One place for a serving process, and who fills it now.
struct Supervisor::Child {
  Child(asio::io_context& context, unsigned place) : number(place), socket(context), restart(context) {}

  unsigned number;
  pid_t pid = -1;  ///< -1: none runs
  std::optional<Channel> channel;
  std::optional<runtime::RunningModule> running;  ///< kept for all who fill this place
  asio::posix::stream_descriptor socket;          ///< a second descriptor of the channel, for waiting
  asio::steady_timer restart;
  base::Instant started{};
  Backoff backoff;
  bool has_served = false;
  unsigned failed_starts = 0;
  std::string last_error;
};

Supervisor::Supervisor(Supply supply, unsigned processes)
    : supply_(std::move(supply)),
      signals_(context_, SIGTERM, SIGINT, SIGCHLD),
      stop_timer_(context_),
      compilation_(context_, supply_.modules, supply_.compile_children, supply_.policy,
                   [this](std::uint32_t module) { on_compiled(module); }) {
  for (unsigned i = 0; i < processes; ++i) children_.push_back(std::make_unique<Child>(context_, i + 1));
}

Supervisor::~Supervisor() { kill_all(); }

Result<void> Supervisor::run(const std::function<void()>& on_ready) {
  on_ready_ = on_ready;
  wait_for_signal();
  for (std::uint32_t i = 0; i < supply_.modules.size(); ++i) {
    if (supply_.modules.code(i)) log_failure(i);
  }
  for (const auto& child : children_) start(*child);
  compiling_since_ = clock_.now();
  if (const std::size_t count = supply_.modules.pending().size(); count > 0) {
    log::info("compiling {} of {} modules; their routes answer when that is done", count,
              supply_.modules.size());
    compilation_.start();
  }
  while (!(stopping_ && all_gone())) turn();
  return outcome_;
}

/// One handler; lines that could not be written are tried again meanwhile.
void Supervisor::turn() {
  if (const auto limit = base::standard_streams_sleep_limit()) {
    context_.run_one_for(*limit);
    base::flush_standard_streams_if_due(clock_.now());
  } else {
    context_.run_one();
  }
}

void Supervisor::start(Child& child) {
  if (stopping_) return;
  child.started = clock_.now();
  const auto spawned = spawn(child);
  if (spawned) return watch(child);
  log::error("serving process {}: {}", child.number, spawned.error().message);
  if (child.pid > 0) {
    kill(child.pid, SIGKILL);  // on_exit() sees to the rest
  } else {
    child.last_error = spawned.error().message;
    on_exit(child, 0);
  }
}

Result<void> Supervisor::spawn(Child& child) {
  auto pair = Channel::make();
  if (!pair) return fail(pair);
  if (!child.running) {
    auto running = runtime::RunningModule::create();
    if (!running) return fail(running);
    child.running.emplace(std::move(*running));
  }
  child.running->clear();
  auto pid = runtime::spawn_self({kServeCommand, hardening::to_argument(supply_.policy)},
                                 {{pair->theirs.fd(), kChannelDescriptor}});
  if (!pid) return fail(pid);
  child.pid = *pid;
  child.channel.emplace(std::move(pair->ours));
  error_code ignored;
  child.socket.close(ignored);
  child.socket.assign(dup(child.channel->fd()), ignored);
  return supply(child);
}

Result<void> Supervisor::supply(const Child& child) const {
  const Channel& channel = *child.channel;
  std::vector<int> listeners;
  for (const base::File& listener : supply_.listeners) listeners.push_back(listener.fd());
  if (auto sent = channel.send(MessageType::kListeners, "", listeners); !sent) return sent;
  if (auto sent = channel.send(MessageType::kRunning, "", {child.running->fd()}); !sent) return sent;
  std::vector<std::uint32_t> known;
  for (std::uint32_t i = 0; i < supply_.modules.size(); ++i) {
    if (supply_.modules.code(i)) known.push_back(i);
  }
  if (auto sent = send_modules(channel, known); !sent) return sent;
  return channel.send(MessageType::kSite, to_json(supply_.site));
}

Result<void> Supervisor::send_modules(const Channel& channel,
                                      const std::vector<std::uint32_t>& numbers) const {
  std::vector<ModuleNews> news;
  std::vector<int> descriptors;
  const auto flush = [&]() -> Result<void> {
    if (news.empty()) return {};
    auto sent = channel.send(MessageType::kModules, to_json(news), descriptors);
    news.clear();
    descriptors.clear();
    return sent;
  };
  for (const std::uint32_t number : numbers) {
    const Result<base::File>& code = *supply_.modules.code(number);
    const auto aside = put_aside_.find(number);
    if (aside != put_aside_.end()) {
      news.push_back({number, aside->second});
    } else if (!code) {
      news.push_back({number, code.error().message});
    } else {
      news.push_back({number, {}});
      descriptors.push_back(code->fd());
    }
    if (news.size() < Channel::kMaxDescriptors) continue;
    if (auto sent = flush(); !sent) return sent;
  }
  return flush();
}

void Supervisor::log_failure(std::uint32_t module) const {
  const Result<base::File>& code = *supply_.modules.code(module);
  if (code) return;
  log::error("{}: cannot be run, its route answers 500: {}", supply_.modules.file(module),
             code.error().message);
}

void Supervisor::on_compiled(std::uint32_t module) {
  log_failure(module);
  tell_all(module);
  if (!compilation_.is_done()) return;
  const auto took = clock_.now() - compiling_since_;
  log::info("all modules are compiled, after {:.1f} s", std::chrono::duration<double>(took).count());
}

void Supervisor::tell_all(std::uint32_t module) {
  for (const auto& child : children_) {
    // One that is gone is supplied anew at its restart.
    if (child->channel) [[maybe_unused]]
      const auto sent = send_modules(*child->channel, {module});
  }
}

void Supervisor::blame(std::uint32_t module, const std::string& how) {
  const std::string& file = supply_.modules.file(module);
  const unsigned deaths = ++deaths_[module];
  log::error("a guest of {} ran when it died ({} of {} times)", file, deaths, kDeathsOfAModule);
  if (deaths != kDeathsOfAModule) return;
  put_aside_[module] = fmt::format(
      "put aside: serving processes died {} times while it ran (the last: {}); correct it, then start the "
      "server "
      "again",
      deaths, how);
  log::error("{}: {}", file, put_aside_[module]);
  tell_all(module);
}

void Supervisor::watch(Child& child) {
  child.socket.async_wait(asio::posix::stream_descriptor::wait_read, [this, &child](error_code error) {
    if (!error) on_message(child);
  });
}

void Supervisor::on_message(Child& child) {
  const auto message = child.channel->receive();
  if (!message || !*message) return;  // it is gone: SIGCHLD tells
  if ((*message)->type == MessageType::kFailed) child.last_error = (*message)->payload;
  if ((*message)->type == MessageType::kReady) {
    log::info("serving process {} (pid {}): {}", child.number, child.pid, (*message)->payload);
  }
  if ((*message)->type == MessageType::kReady && !child.has_served) {
    child.has_served = true;
    if (++ready_ == children_.size() && on_ready_) on_ready_();
  }
  watch(child);
}

void Supervisor::wait_for_signal() {
  signals_.async_wait([this](error_code error, int signal_number) {
    if (error) return;
    if (signal_number == SIGCHLD) {
      on_exits();
    } else if (stopping_) {
      kill_all();
    } else {
      stop();
    }
    wait_for_signal();
  });
}

void Supervisor::on_exits() {
  for (const auto& child : children_) {
    int status = 0;
    if (child->pid > 0 && waitpid(child->pid, &status, WNOHANG) == child->pid) on_exit(*child, status);
  }
}

void Supervisor::on_exit(Child& child, int status) {
  const pid_t pid = std::exchange(child.pid, -1);
  // Its last words may still be in the channel.
  while (child.channel) {
    const auto message = child.channel->receive();
    if (!message || !*message) break;
    if ((*message)->type == MessageType::kFailed) child.last_error = (*message)->payload;
  }
  error_code ignored;
  child.socket.close(ignored);
  child.channel.reset();
  if (stopping_) return;
  const base::Duration lived = clock_.now() - child.started;
  log::error("serving process {} (pid {}) died: {}{}{}", child.number, pid, runtime::describe_exit(status),
             child.last_error.empty() ? "" : ": ", child.last_error);
  if (const auto module = child.running ? child.running->get() : std::nullopt; module && WIFSIGNALED(status))
    blame(*module, runtime::describe_exit(status));
  if (!child.has_served && ++child.failed_starts >= kStartAttempts) {
    outcome_ = fail(ErrorCode::kInternal, "serving processes cannot start" +
                                              (child.last_error.empty() ? "" : ": " + child.last_error));
    return stop();
  }
  child.restart.expires_after(child.backoff.next(lived));
  child.restart.async_wait([this, &child](error_code error) {
    if (!error) start(child);
  });
}

void Supervisor::stop() {
  // Compilation goes on: a request in flight may wait for its module.
  stopping_ = true;
  // The last process to close a listening socket ends it: from then on new clients are refused at once.
  supply_.listeners.clear();
  for (const auto& child : children_) {
    child->restart.cancel();
    // A child that is gone already, or stuck, is seen to by SIGCHLD and the timer.
    if (child->channel) [[maybe_unused]]
      const auto sent = child->channel->send(MessageType::kStop, "");
  }
  stop_timer_.expires_after(std::chrono::seconds(supply_.site.stop_seconds) + kStopReserve);
  stop_timer_.async_wait([this](error_code error) {
    if (error) return;
    log::warn("serving processes did not stop in time and are killed");
    kill_all();
  });
}

void Supervisor::kill_all() {
  for (const auto& child : children_) {
    if (child->pid > 0) kill(child->pid, SIGKILL);
  }
}

bool Supervisor::all_gone() const {
  return std::all_of(children_.begin(), children_.end(), [](const auto& child) { return child->pid < 0; });
}

}  // namespace wws::supervisor
