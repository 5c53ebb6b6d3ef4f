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
#include "runtime/self_process.h"
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
  asio::posix::stream_descriptor socket;  ///< a second descriptor of the channel, for waiting
  asio::steady_timer restart;
  base::Instant started{};
  Backoff backoff;
  bool has_served = false;
  unsigned failed_starts = 0;
  std::string last_error;
};

Supervisor::Supervisor(Supply supply, unsigned processes)
    : supply_(std::move(supply)), signals_(context_, SIGTERM, SIGINT, SIGCHLD), stop_timer_(context_) {
  for (unsigned i = 0; i < processes; ++i) children_.push_back(std::make_unique<Child>(context_, i + 1));
}

Supervisor::~Supervisor() { kill_all(); }

Result<void> Supervisor::run(const std::function<void()>& on_ready) {
  on_ready_ = on_ready;
  wait_for_signal();
  for (const auto& child : children_) start(*child);
  while (!(stopping_ && all_gone())) context_.run_one();
  return outcome_;
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
  auto pid = runtime::spawn_self({kServeCommand}, {{pair->theirs.fd(), kChannelDescriptor}});
  if (!pid) return fail(pid);
  child.pid = *pid;
  child.channel.emplace(std::move(pair->ours));
  error_code ignored;
  child.socket.close(ignored);
  child.socket.assign(dup(child.channel->fd()), ignored);
  return supply(*child.channel);
}

Result<void> Supervisor::supply(const Channel& channel) const {
  std::vector<int> batch;
  for (const base::File& listener : supply_.listeners) batch.push_back(listener.fd());
  if (auto sent = channel.send(MessageType::kListeners, "", batch); !sent) return sent;
  batch.clear();
  for (const base::File& module : supply_.modules) {
    batch.push_back(module.fd());
    if (batch.size() < Channel::kMaxDescriptors) continue;
    if (auto sent = channel.send(MessageType::kModules, "", batch); !sent) return sent;
    batch.clear();
  }
  if (auto sent = channel.send(MessageType::kModules, "", batch); !sent) return sent;
  return channel.send(MessageType::kSite, to_json(supply_.site));
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
  stopping_ = true;
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
