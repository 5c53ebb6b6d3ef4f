#include "supervisor/service_child.h"

#include <fcntl.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/standard_streams.h"
#include "runtime/self_process.h"
#include "supervisor/serving_process.h"

namespace wws::supervisor {
using boost::system::error_code;
namespace {

/// The heartbeat's turns, when nothing else happens.
constexpr std::chrono::milliseconds kLongestSleep{1000};

/// Reads messages up to the orders. std::nullopt: the supervisor is gone, or says stop.
Result<std::optional<ServiceOrders>> receive_orders(const Channel& channel) {
  ServiceOrders orders;
  while (true) {
    auto message = channel.receive();
    if (!message) return fail(message);
    if (!*message || (*message)->type == MessageType::kStop) return std::nullopt;
    std::vector<base::File>& files = (*message)->descriptors;
    switch ((*message)->type) {
      case MessageType::kLog: {
        auto log = take_log(files);
        if (!log) return fail(log);
        orders.log = std::move(*log);
        break;
      }
      case MessageType::kStatus:
      case MessageType::kVersions: {
        if (files.empty()) return fail(ErrorCode::kInternal, "channel: shared memory without its descriptor");
        if ((*message)->type == MessageType::kVersions) {
          const std::string& text = (*message)->payload;
          std::from_chars(text.data(), text.data() + text.size(), orders.spaces);
          orders.versions = std::move(files.front());
          break;
        }
        auto status = runtime::ProcessStatus::open(std::move(files.front()));
        if (!status) return fail(status);
        orders.status.emplace(std::move(*status));
        break;
      }
      case MessageType::kService:
        orders.question = std::move(**message);
        return orders;
      default:
        return fail(ErrorCode::kInternal, "channel: an order that is not known");
    }
  }
}

Result<void> run(const Channel& channel, std::span<const std::string> arguments, const Service& service) {
  if (arguments.size() != 2) return fail(ErrorCode::kInternal, "wrong arguments for a service");
  auto mode = hardening::take_policy(arguments[0]);
  if (!mode) return fail(mode);
  auto orders = receive_orders(channel);
  if (!orders) return fail(orders);
  if (!*orders) return {};
  auto socket = channel.duplicate();
  if (!socket) return fail(socket);
  return service(std::move(**orders), std::move(*socket), *mode);
}

}  // namespace

Result<std::unique_ptr<base::LogRing>> take_log(std::vector<base::File>& files) {
  if (files.empty()) return fail(ErrorCode::kInternal, "channel: a log without its memory");
  auto log = base::LogRing::open(std::move(files.front()), base::LogRing::Access::kWrite);
  if (log) (*log)->keep_log();
  return log;
}

int service_main(std::span<const std::string> arguments, const Service& service) {
  runtime::ignore_stop_signals();
  base::BufferedStreams streams(base::BufferedStreams::Capacity::kOfServing);
  std::signal(SIGPIPE, SIG_IGN);
  fcntl(kChannelDescriptor, F_SETFD, FD_CLOEXEC);
  const Channel channel{base::File(kChannelDescriptor)};
  const Result<void> done = run(channel, arguments, service);
  if (done) return 0;
  // The supervisor reports it; when it is gone there is no one to tell.
  [[maybe_unused]] const auto sent = channel.send(MessageType::kFailed, done.error().message);
  return 1;
}

Result<void> confine_service(const runtime::Role& role, hardening::Mode mode, const ConfinedStart& start) {
  Result<void> started;
  auto confined = hardening::confine(
      mode, start.confinement != nullptr ? *start.confinement : role.confinement, start.paths, [&] {
        if (start.start) started = start.start();
      });
  if (!started) return started;
  if (confined || mode == hardening::Mode::kRequired) return confined;
  log::warn("the {} could not be confined: {}", role.name, confined.error().message);
  return {};
}

ServiceLoop::ServiceLoop(ServiceOrders& orders, base::File channel, const base::Clock& clock)
    : status_(orders.status ? &*orders.status : nullptr),
      clock_(clock),
      channel_(context_, std::move(channel), ChannelLimits::of_child(),
               {[this](Message message) { return obey(std::move(message)); },
                [this](const Result<void>& why) {
                  if (!why) log::error("{}", why.error().message);
                  is_stopping_ = true;
                }}),
      timer_(context_) {
  question_.id = orders.question.id;
}

Result<void> ServiceLoop::ready(std::string_view text) {
  return channel_.answer(question_, MessageType::kReady, text);
}

void ServiceLoop::run(Handlers handlers) {
  handlers_ = std::move(handlers);
  while (!is_stopping_ || !handlers_.is_idle()) {
    const base::Instant next = handlers_.poll();
    if (leaves_unused_ && handlers_.is_unused()) {
      is_stopping_ = true;
      continue;
    }
    arm_timer(next);
    if (status_ != nullptr) {
      status_->turn();
      status_->set_work(handlers_.is_idle() ? runtime::ProcessStatus::Work::kNone
                                            : runtime::ProcessStatus::Work::kSome);
    }
    if (const auto limit = base::standard_streams_sleep_limit()) {
      context_.run_one_for(*limit);
    } else {
      context_.run_one();
    }
    context_.poll();
    base::flush_standard_streams_if_due(clock_.now());
  }
  context_.poll();  // the last answers leave
}

Result<void> ServiceLoop::obey(Message message) {
  switch (message.type) {
    case MessageType::kLink:
      if (message.descriptors.empty())
        return fail(ErrorCode::kInternal, "channel: a link without its socket");
      handlers_.link(std::move(message.descriptors.front()), message.payload);
      return {};
    case MessageType::kStop:
      if (message.payload == kStopForAnother && handlers_.is_unused) {
        leaves_unused_ = true;
      } else {
        is_stopping_ = true;
      }
      return {};
    default:
      if (handlers_.other) return handlers_.other(std::move(message));
      return fail(ErrorCode::kInternal, "channel: an order that is not known");
  }
}

/// Only when it would be late: each time it is set it has a handler more to run, which would set it again.
void ServiceLoop::arm_timer(base::Instant at) {
  at = std::min(at, clock_.now() + kLongestSleep);
  if (at >= timer_at_) return;
  timer_at_ = at;
  timer_.expires_at(at);
  timer_.async_wait([this](error_code error) {
    if (!error) timer_at_ = base::Instant::max();
  });
}

}  // namespace wws::supervisor
