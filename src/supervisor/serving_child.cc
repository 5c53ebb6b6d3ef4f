#include "supervisor/serving_child.h"

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <utility>

#include "base/log.h"
#include "runtime/self_process.h"
#include "supervisor/serving_process.h"

namespace wws::supervisor {
using boost::system::error_code;
namespace {

/// Of a text that goes to the log.
constexpr std::size_t kLongestText = 2048;
/// Of one whose channel has ended: a process that leaves is gone before the second.
constexpr unsigned kLooksWithoutChannel = 2;

/// A service may die often in the life of a serving process, but not so often.
constexpr unsigned kMostLinksLost = 10'000;

double seconds(base::Duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

std::string describe(const Death& death) {
  std::string text = runtime::describe_exit(death.status);
  if (death.by != Death::By::kItself) text += ", by the supervisor, since " + death.reason;
  if (!death.last_words.empty()) text += ": " + death.last_words;
  return text;
}

Result<ServingChild::Parts> ServingChild::start(const runtime::Role& role, const std::string& policy,
                                                const std::vector<base::File>& listeners,
                                                std::uint32_t modules) {
  if (listeners.size() > kMaxListeners) {
    return fail(ErrorCode::kIo,
                fmt::format("the host has {} addresses and {} can be served: name fewer with --host",
                            listeners.size(), kMaxListeners));
  }
  auto pair = Channel::make();
  if (!pair) return fail(pair);
  auto status = runtime::ProcessStatus::create();
  if (!status) return fail(status);
  std::vector<runtime::PassedDescriptor> descriptors = {{pair->theirs.fd(), kChannelDescriptor}};
  int number = kFirstListener;
  for (const base::File& listener : listeners) descriptors.emplace_back(listener.fd(), number++);
  auto process = runtime::spawn_self({role.command, policy, std::to_string(listeners.size())}, descriptors);
  if (!process) return fail(process);
  return Parts{role, std::move(*process), std::move(pair->ours).take_socket(), std::move(*status), modules};
}

ServingChild::ServingChild(boost::asio::io_context& context, Parts parts, const Timing& timing,
                           Handlers handlers)
    : role_(parts.role),
      process_(std::move(parts.process)),
      status_(std::move(parts.status)),
      modules_(parts.modules),
      timing_(timing),
      handlers_(std::move(handlers)),
      end_(context, process_.fd()),
      channel_(context, std::move(parts.socket), ChannelLimits::of_supervisor(),
               {[this](Message message) { return on_message(std::move(message)); },
                [this](Result<void> why) {
                  // A process that leaves, whose end tells more; or look() sees that it stays.
                  has_channel_ = false;
                  if (!why) end(fmt::format("it broke the rules of its channel: {}", why.error().message));
                }}),
      loop_(timing.patience),
      reader_(timing.patience) {}

Result<void> ServingChild::begin() {
  if (auto watched = end_.state(); !watched) return watched;
  watch_end();
  send(MessageType::kStatus, "", {status_.fd()});
  return {};
}

void ServingChild::send(MessageType type, std::string_view payload, const std::vector<int>& descriptors) {
  must_be_sent(channel_.send(type, payload, descriptors));
}

void ServingChild::send_orders(MessageType type, std::string_view orders) {
  must_be_sent(
      channel_.ask(type, orders, [this](const Message& answer) { return on_orders_answer(answer); }));
}

void ServingChild::change_orders(std::string_view orders, Done done) {
  ask(MessageType::kService, orders, std::move(done));
}

void ServingChild::stop_accepting(Done done) { ask(MessageType::kListen, kNoMore, std::move(done)); }

void ServingChild::ask(MessageType type, std::string_view payload, Done done) {
  const auto take = [done = std::move(done)](const Message& answer) -> Result<void> {
    if (answer.type == MessageType::kFailed) {
      done(fail(ErrorCode::kBadConfig, answer.payload.substr(0, kLongestText)));
    } else if (answer.type == MessageType::kReady) {
      done({});
    } else {
      return fail(ErrorCode::kInternal, "an answer of another kind");
    }
    return {};
  };
  must_be_sent(channel_.ask(type, payload, take));
}

void ServingChild::must_be_sent(const Result<void>& sent) {
  if (sent) return;
  if (sent.error().code == ErrorCode::kCancelled) {
    has_channel_ = false;  // as when the channel ends: it leaves, or look() sees that it stays
  } else {
    end(fmt::format("it cannot be told what to do: {}", sent.error().message));
  }
}

void ServingChild::send_link(std::string_view service, int socket) {
  links_.emplace(service);
  send(MessageType::kLink, service, {socket});
}

void ServingChild::give_block(std::unique_ptr<metrics::Pool::Lease> lease) {
  lease_ = std::move(lease);
  send(MessageType::kBlock, kOwnBlock, {lease_->block().fd()});
}

void ServingChild::give_ring(std::shared_ptr<trace::Ring> ring, std::string_view ratio) {
  ring_ = std::move(ring);
  send(MessageType::kSpans, ratio, {ring_->fd()});
}

void ServingChild::give_log(std::unique_ptr<base::LogRing> log) {
  log_ = std::move(log);
  send(MessageType::kLog, "", {log_->fd()});
}

Result<void> ServingChild::on_message(Message message) {
  if (message.type == MessageType::kAsk && message.id != 0 && handlers_.asked)
    return channel_.answer(message, MessageType::kAnswer, handlers_.asked(message.payload));
  if (const auto lost = links_.find(message.payload);
      message.type == MessageType::kLinkLost && lost != links_.end()) {
    links_.erase(lost);
    if (++links_lost_ > kMostLinksLost) return fail(ErrorCode::kInternal, "one link lost after the other");
    handlers_.link_lost(message.payload);
    return {};
  }
  if (message.type != MessageType::kFailed || is_ready_ || !last_words_.empty())
    return fail(ErrorCode::kInternal, "a message that nobody asked for");
  last_words_ = message.payload.substr(0, kLongestText);
  return {};
}

Result<void> ServingChild::on_orders_answer(const Message& message) {
  const std::string_view text = std::string_view(message.payload).substr(0, kLongestText);
  if (message.type == MessageType::kFailed && is_ready_) {
    log::error("{} (pid {}) goes on with the site that it has: {}", role_.name, pid(), text);
    return {};
  }
  if (message.type != MessageType::kReady) return fail(ErrorCode::kInternal, "an answer of another kind");
  if (std::exchange(is_ready_, true)) return {};
  handlers_.ready(text);
  return {};
}

void ServingChild::look() {
  using Work = runtime::ProcessStatus::Work;
  if (role_.watchdog != runtime::Watchdog::kHeartbeat || by_ != Death::By::kItself) return;
  const base::Duration patience = timing_.look_period * timing_.patience;
  const bool stands_still = loop_.stands_still(status_.turns(), status_.work());
  const bool does_not_read =
      reader_.stands_still(channel_.sent_bytes(), channel_.queued_bytes() > 0 ? Work::kSome : Work::kNone);
  const bool does_not_start = !is_ready_ && ++looks_ > timing_.start_patience;
  const bool stays_alone = !has_channel_ && ++looks_without_channel_ >= kLooksWithoutChannel;
  if ((!stands_still && !does_not_read && !does_not_start && !stays_alone) || is_traced()) return;
  if (stays_alone) return end("its channel ended and it stayed");
  if (does_not_start) {
    return end(fmt::format("it did not come to serve within {:.0f} s",
                           seconds(timing_.look_period * timing_.start_patience)));
  }
  if (does_not_read) return end(fmt::format("it did not read its channel for {:.0f} s", seconds(patience)));
  end(fmt::format("its loop stood still for {:.0f} s while it had work, after {} turns of guests",
                  seconds(patience), status_.slices()),
      Death::By::kStanding);
}

void ServingChild::end(std::string reason, Death::By by) {
  if (by_ != Death::By::kItself) return;
  by_ = by;
  reason_ = std::move(reason);
  process_.signal(SIGKILL);
}

void ServingChild::watch_end() {
  end_.readable([watched = weak_from_this()](error_code error) {
    const auto child = watched.lock();
    if (!error && child) child->on_end();
  });
}

void ServingChild::on_end() {
  const auto exit = process_.wait();
  if (!exit) return watch_end();
  Death death{process_.pid(), exit->status, by_, reason_, {}, status_.running_module(modules_)};
  channel_.drain();  // its last words may still be there; nothing else that is there changes how it ended
  death.last_words = last_words_;
  handlers_.ended(death);
}

/// A debugger holds it: it stands still on purpose.
bool ServingChild::is_traced() const {
  std::ifstream status(fmt::format("/proc/{}/status", process_.pid()));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("TracerPid:")) return line.find_first_of("123456789") != std::string::npos;
  }
  return false;
}

}  // namespace wws::supervisor
