// What children have in common that do for serving processes what these must not do themselves.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/log_ring.h"
#include "base/result.h"
#include "hardening/confinement.h"
#include "runtime/process_status.h"
#include "runtime/role.h"
#include "supervisor/async_channel.h"

namespace wws::supervisor {

/// What the supervisor sent before a service begins.
struct ServiceOrders {
  std::optional<runtime::ProcessStatus> status;
  std::unique_ptr<base::LogRing> log;  ///< where its log is kept; null: nobody reads it there
  base::File versions;                 ///< of a key-value store
  std::size_t spaces = 0;              ///< for which these have room
  Message question;                    ///< what it is to do, as its payload; answered when it does
};

/// The memory that came with a MessageType::kLog: the log is kept there while it lives.
[[nodiscard]] Result<std::unique_ptr<base::LogRing>> take_log(std::vector<base::File>& files);

/// One service: does what it was ordered, with the rest of its channel and by this policy, until a stop. An
/// error is told to the supervisor.
using Service = std::function<Result<void>(ServiceOrders orders, base::File channel, hardening::Mode mode)>;

/// The life of a service's process: takes its orders, and runs it. Returns the exit status. `arguments`: what
/// it gives up (hardening::to_argument's policy), and 0 for the number of its listening sockets.
[[nodiscard]] int service_main(std::span<const std::string> arguments, const Service& service);

/// What is particular to one process of a role.
struct ConfinedStart {
  const hardening::Confinement* confinement = nullptr;  ///< null: the role's
  hardening::FolderPaths paths{};
  /// What is left to be done when files are limited and system calls are not filtered yet; may be empty.
  std::function<Result<void>()> start{};
};

/// Gives up what the role says. An error only where confinement is required, or of `start`; else one that
/// fails is a warning.
[[nodiscard]] Result<void> confine_service(const runtime::Role& role, hardening::Mode mode,
                                           const ConfinedStart& start = {});

/// The event loop of a service: obeys the channel, turns with the heartbeat, and ends when there is nothing
/// left to do after a stop. What uses its context goes before it. One thread.
class ServiceLoop {
 public:
  struct Handlers {
    /// A socket to a serving process, or to whom the text names.
    std::function<void(base::File socket, std::string_view whom)> link;
    /// Before each sleep: does what is due, and says when it wants to be asked again at the latest.
    std::function<base::Instant()> poll;
    /// Whether nothing is in work.
    std::function<bool()> is_idle;
    /// Whether nobody is left who may use it; none: that is never known.
    std::function<bool()> is_unused{};
    /// Another order of the supervisor; none: there is no other.
    std::function<Result<void>(Message)> other = {};
  };

  ServiceLoop(ServiceOrders& orders, base::File channel, const base::Clock& clock);

  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
  [[nodiscard]] bool is_stopping() const noexcept { return is_stopping_; }
  /// Ends it as a stop does.
  void stop() noexcept { is_stopping_ = true; }

  /// Asks the supervisor, as AsyncChannel::ask() does.
  Result<void> ask(MessageType type, std::string_view payload, AsyncChannel::Answer on_answer) {
    return channel_.ask(type, payload, std::move(on_answer));
  }
  /// Answers an order of the supervisor, if that is a question.
  Result<void> answer(const Message& order, MessageType type, std::string_view payload) {
    return order.id == 0 ? Result<void>() : channel_.answer(order, type, payload);
  }
  /// Tells the supervisor something that is no answer.
  Result<void> tell(MessageType type, std::string_view payload) { return channel_.send(type, payload); }
  /// Tells the supervisor that it does what was ordered; `text` is for the log.
  [[nodiscard]] Result<void> ready(std::string_view text);
  /// Until a stop, and until it is idle after that. After one for another server it first waits until it is
  /// unused.
  void run(Handlers handlers);

 private:
  [[nodiscard]] Result<void> obey(Message message);
  void arm_timer(base::Instant at);

  boost::asio::io_context context_{1};
  runtime::ProcessStatus* status_;
  Message question_;
  const base::Clock& clock_;
  Handlers handlers_;
  AsyncChannel channel_;
  boost::asio::steady_timer timer_;
  base::Instant timer_at_ = base::Instant::max();
  bool is_stopping_ = false;
  bool leaves_unused_ = false;  ///< as soon as it is
};

}  // namespace wws::supervisor
